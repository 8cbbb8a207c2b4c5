# Flags that every target shares, and the two functions that define modules and unit tests.

find_package(PkgConfig REQUIRED)

# hp_library(NAME FILES MODULES): the library as the target NAME. Its archive where there is one, with those
# that it needs itself: a dozen shared libraries take longer to load than most commands take to run.
function(hp_library name files modules)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${modules})
  set(archives)
  foreach(file ${files})
    find_library(ARCHIVE_${file} lib${file}.a)
    list(APPEND archives ${ARCHIVE_${file}})
  endforeach()
  add_library(${name} INTERFACE)
  if(HPLINT_SHARED OR archives MATCHES NOTFOUND)
    target_link_libraries(${name} INTERFACE PkgConfig::${name})
  else()
    target_include_directories(${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
    target_link_libraries(${name} INTERFACE ${archives})
  endif()
endfunction()
hp_library(SQLITE sqlite3 sqlite3)
hp_library(JANSSON jansson jansson)
hp_library(YAML yaml yaml-0.1)
hp_library(ZSTD zstd libzstd)
hp_library(XXHASH xxhash libxxhash)
hp_library(DW "dw;elf;lzma;bz2;z" "libdw;libelf")
hp_library(ZLIB z zlib)

add_library(hp_flags INTERFACE)
target_include_directories(hp_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(hp_flags INTERFACE _GNU_SOURCE HPLINT_VERSION="${PROJECT_VERSION}")
target_compile_options(hp_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wwrite-strings -Wvla -Wformat=2 -Wno-format-nonliteral -Wno-missing-field-initializers
  -fno-omit-frame-pointer)
if(HPLINT_SANITIZE)
  target_compile_options(hp_flags INTERFACE -fsanitize=${HPLINT_SANITIZE} -fno-sanitize-recover=undefined)
  target_link_options(hp_flags INTERFACE -fsanitize=${HPLINT_SANITIZE})
endif()
set(HPLINT_TEST_ENVIRONMENT "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
if(HPLINT_FUZZ)
  target_compile_options(hp_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# hp_module(NAME FOLDER [libraries...]): a static library of the folder's sources. `main.c` and
# PROGRAM_SOURCES are left out: they belong to a program.
function(hp_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  foreach(source main.c ${PROGRAM_SOURCES})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  endforeach()
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_link_libraries(${name} PUBLIC hp_flags ${ARGN})
endfunction()

# hp_unit_tests(libraries...): every tests/*_test.c of the current folder is a cmocka program of its own.
function(hp_unit_tests)
  if(NOT HPLINT_TESTS)
    return()
  endif()
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tests/*_test.c)
  foreach(test ${tests})
    get_filename_component(stem ${test} NAME_WE)
    add_executable(${stem} ${test})
    set_target_properties(${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_compile_definitions(${stem} PRIVATE
      TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TEST_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
    target_link_libraries(${stem} PRIVATE ${ARGN} cmocka)
    add_test(NAME ${stem} COMMAND ${stem} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${stem} PROPERTIES ENVIRONMENT "${HPLINT_TEST_ENVIRONMENT}" TIMEOUT 300)
  endforeach()
endfunction()
