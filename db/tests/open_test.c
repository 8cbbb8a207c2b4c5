#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include "db/internal.h"
static void basic(void **state) { (void)state; HpError e={0}; Store *s=store_open("/tmp/st1",true,&e); if(!s) print_error("%s\n",e.text); assert_non_null(s);
 sqlite3_stmt*st=db_prepare(s,"select count(*) from ranked",&e); if(e.set) print_error("%s\n",e.text); assert_non_null(st); sqlite3_finalize(st); store_close(s);
 s=store_open_memory(&e); if(e.set) print_error("%s\n",e.text); assert_non_null(s); store_close(s);}
int main(void){const struct CMUnitTest t[]={cmocka_unit_test(basic)}; return cmocka_run_group_tests(t,NULL,NULL);}
