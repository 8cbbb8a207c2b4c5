# Turns rule pages into C: for HP101.md a text `page_HP101`.
#   cmake -DOUTPUT=pages.c -DPAGES="a/HP101.md;b/HP102.md" -P pages.cmake
set(code "/* Made from the rules' pages by rules/pages.cmake. */\n")
foreach(page ${PAGES})
  get_filename_component(id ${page} NAME_WE)
  file(READ ${page} bytes HEX)
  # An array of characters: string literals may not be as long as pages are.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND code "extern const char page_${id}[];\nconst char page_${id}[] = {${bytes}0};\n")
endforeach()
file(WRITE ${OUTPUT} "${code}")
