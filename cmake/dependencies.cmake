# What the product is made of, all from Debian 12 packages (cmake/packages.txt). Libraries that every start pays for are
# linked statically; fmt, toml++ and CLI11 are used as headers.
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)

# The thread sanitizer needs a oneTBB of its own; find_package would quietly take the system's where that is missing.
if(STAUNCH_SANITIZE MATCHES thread AND NOT TBB_DIR MATCHES onetbb-tsan)
  message(FATAL_ERROR "the thread sanitizer needs oneTBB built with it: ./test makes it in .cache/onetbb-tsan")
endif()

# Packages depend on the libraries of the distribution instead (cmake/package.sh); so does libstaunch.so, which cannot
# take Debian's static RE2.
option(STAUNCH_SHARED_DEPENDENCIES "link Hyperscan and RE2 as shared libraries" OFF)
set(links_shared $<OR:$<BOOL:${STAUNCH_SHARED_DEPENDENCIES}>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>>)

# Hyperscan on amd64, Vectorscan on arm64: the same header and the same archive name.
find_path(HS_INCLUDE hs.h PATH_SUFFIXES hs REQUIRED)
foreach(name hs re2)
  find_library(${name}_LIBRARY lib${name}.a REQUIRED)
  find_library(${name}_SHARED_LIBRARY lib${name}.so REQUIRED)
  add_library(staunch_${name} INTERFACE)
  target_link_libraries(staunch_${name} INTERFACE
    $<IF:${links_shared},${${name}_SHARED_LIBRARY},${${name}_LIBRARY}> Threads::Threads m)
endforeach()
target_include_directories(staunch_hs SYSTEM INTERFACE ${HS_INCLUDE})

foreach(name sodium deflate z yaml-cpp brotlidec brotlicommon zstd)
  find_library(${name}_LIBRARY lib${name}.a REQUIRED)
  add_library(staunch_${name} INTERFACE)
  target_link_libraries(staunch_${name} INTERFACE ${${name}_LIBRARY} Threads::Threads)
endforeach()

# Debian has no static one; only the server links it.
find_library(SIMDJSON_LIBRARY simdjson REQUIRED)
add_library(staunch_simdjson INTERFACE)
target_link_libraries(staunch_simdjson INTERFACE ${SIMDJSON_LIBRARY} Threads::Threads)
target_compile_definitions(staunch_simdjson INTERFACE SIMDJSON_THREADS_ENABLED=1)

# Headers alone, but for cmake/fmt.cc; looked for here so that a machine without them is told so before anything is
# compiled.
find_path(FMT_INCLUDE fmt/format.h REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(staunch_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cc)
target_compile_features(staunch_fmt PUBLIC cxx_std_20)
set_target_properties(staunch_fmt PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
