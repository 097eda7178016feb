# meshfn_embed(TARGET SYMBOL DIRECTORY): every file below DIRECTORY becomes part of TARGET, as one
# read-only blob between the symbols SYMBOL and SYMBOL_end, which base/blob.h reads. The assembler
# takes the bytes in (.incbin), so no file is too large or has to be escaped.
function(meshfn_embed target symbol directory)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${directory} ${directory}/*)
  # The folder's own build files stay out; those inside templates are part of them.
  list(FILTER files EXCLUDE REGEX "^(CMakeLists\\.txt|[^/]*\\.cmake)$")
  list(SORT files)
  set(prefix "$<IF:$<PLATFORM_ID:Darwin>,_,>")
  set(section "$<IF:$<PLATFORM_ID:Darwin>,.const,.section .rodata>")
  set(text "${section}\n.globl ${prefix}${symbol}\n.globl ${prefix}${symbol}_end\n${prefix}${symbol}:\n")
  set(number 0)
  set(paths "")
  foreach(file IN LISTS files)
    math(EXPR number "${number} + 1")
    string(APPEND text ".asciz \"${file}\"\n.4byte Lend${number} - Lbegin${number}\n"
      "Lbegin${number}: .incbin \"${directory}/${file}\"\nLend${number}:\n")
    list(APPEND paths ${directory}/${file})
  endforeach()
  string(APPEND text "${prefix}${symbol}_end:\n"
    "$<$<NOT:$<PLATFORM_ID:Darwin>>:.section .note.GNU-stack,\"\",%progbits\n>")
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.s)
  file(GENERATE OUTPUT ${assembly} CONTENT "${text}")
  set_source_files_properties(${assembly} TARGET_DIRECTORY ${target} PROPERTIES
    LANGUAGE ASM OBJECT_DEPENDS "${paths}" COMPILE_OPTIONS "-w")
  target_sources(${target} PRIVATE ${assembly})
endfunction()
