# A room is one library: every .cc of its folder, warnings as errors, and only the link lines that its CMakeLists names.

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# Programs are position-independent: linked so, not only compiled so.
include(CheckPIESupported)
check_pie_supported()

find_program(CCACHE ccache)
if(CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Options of the C++ compiler only: a room may hold assembler too.
function(staunch_compile target access)
  target_compile_options(${target} ${access} "$<$<COMPILE_LANGUAGE:CXX>:${ARGN}>")
endfunction()

# What a program that reads hostile bytes owes its user. _FORTIFY_SOURCE and the sanitizers do the same work, so they
# exclude one another; libstdc++'s checks are for the builds that look for mistakes.
function(staunch_harden target)
  staunch_compile(${target} PRIVATE -fstack-protector-strong)
  target_link_options(${target} PUBLIC LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:--as-needed)
  if(NOT STAUNCH_SANITIZE)
    staunch_compile(${target} PRIVATE "$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
  endif()
  target_compile_definitions(${target} PUBLIC $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
endfunction()

# -Wmaybe-uninitialized and -Wrestrict are off for GCC 12: it misjudges moved and assigned strings (GCC bugs 105616 and
# 105329) and instrumented code. The sanitizers and Clang look for both mistakes.
function(staunch_options target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  staunch_compile(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  staunch_harden(${target})
  if(STAUNCH_SANITIZE)
    staunch_compile(${target} PUBLIC -fsanitize=${STAUNCH_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${STAUNCH_SANITIZE})
  endif()
  if(STAUNCH_FUZZ)
    staunch_compile(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(staunch_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(staunch_${name} STATIC ${sources})
  staunch_options(staunch_${name})
endfunction()
