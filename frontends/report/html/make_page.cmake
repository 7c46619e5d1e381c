# Puts the page together: cmake -D FOLDER=… -D OUT=… -P make_page.cmake
#
# Style and script are set into the page, and their digests into its Content-Security-Policy: base64 of SHA-256, as CSP
# Level 3 (section 2.3.1, hash-source) wants it.

set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)

# Three hex digits are two of base64; of the 64 the last one is left, and makes one with two bits to spare.
function(digest_of file result)
  file(SHA256 ${file} hex)
  set(out)
  foreach(at RANGE 0 60 3)
    string(SUBSTRING ${hex} ${at} 3 three)
    math(EXPR first "0x${three} >> 6")
    math(EXPR second "0x${three} & 63")
    string(SUBSTRING ${digits} ${first} 1 first)
    string(SUBSTRING ${digits} ${second} 1 second)
    string(APPEND out ${first}${second})
  endforeach()
  string(SUBSTRING ${hex} 63 1 last)
  math(EXPR last "0x${last} << 2")
  string(SUBSTRING ${digits} ${last} 1 last)
  set(${result} "sha256-${out}${last}=" PARENT_SCOPE)
endfunction()

# The text with `hole` replaced. Brackets and semicolons mean something to lists, so none are made.
function(fill hole filling)
  string(REPLACE "{{${hole}}}" "${filling}" page "${page}")
  set(page "${page}" PARENT_SCOPE)
endfunction()

file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/page.css style)
file(READ ${FOLDER}/page.js script)
digest_of(${FOLDER}/page.css style_digest)
digest_of(${FOLDER}/page.js script_digest)
fill(style_digest "${style_digest}")
fill(script_digest "${script_digest}")
fill(style "${style}")
fill(script "${script}")
file(WRITE ${OUT} "${page}")
