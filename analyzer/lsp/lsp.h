/* The language server behind `hplint lsp`: diagnostics for the C files that an editor has open. */
#ifndef HPLINT_ANALYZER_LSP_LSP_H
#define HPLINT_ANALYZER_LSP_LSP_H

/* Serves one client on two descriptors until `exit` or the end of the input. The result is the exit
 * status: 0 after an orderly shutdown, else 1. */
int lsp_serve(int in_fd, int out_fd);

#endif
