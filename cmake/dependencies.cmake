# What the product is made of, all from Debian 12 packages. Libraries that every start pays for are linked statically;
# fmt, toml++ and CLI11 are used as headers.
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(PkgConfig REQUIRED)

# Hyperscan on amd64, Vectorscan on arm64: the same header and the same archive name.
find_path(HS_INCLUDE hs.h PATH_SUFFIXES hs REQUIRED)
find_library(HS_LIBRARY libhs.a REQUIRED)
add_library(staunch_hs INTERFACE)
target_include_directories(staunch_hs SYSTEM INTERFACE ${HS_INCLUDE})
target_link_libraries(staunch_hs INTERFACE ${HS_LIBRARY} m)

foreach(name re2 sodium deflate)
  find_library(${name}_LIBRARY lib${name}.a REQUIRED)
  add_library(staunch_${name} INTERFACE)
  target_link_libraries(staunch_${name} INTERFACE ${${name}_LIBRARY} Threads::Threads)
endforeach()

add_library(staunch_fmt INTERFACE)
target_compile_definitions(staunch_fmt INTERFACE FMT_HEADER_ONLY=1)
