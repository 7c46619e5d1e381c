# Debian packages by CPack, a component each: staunch (the programs), libstaunch0 (the library) and libstaunch-dev (what
# is needed to build against it). cmake/package.sh builds them; any build can be installed by cmake --install.
include(GNUInstallDirs)

install(TARGETS staunch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS staunch-serve staunch-respond RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/staunch COMPONENT program)

# The manual page and the completions are what the program says of itself.
set(made ${CMAKE_CURRENT_BINARY_DIR}/share)
file(MAKE_DIRECTORY ${made})
add_custom_command(OUTPUT ${made}/staunch.1.gz ${made}/staunch.bash ${made}/_staunch ${made}/staunch.fish
  COMMAND staunch manual > ${made}/staunch.1
  COMMAND gzip -9nf ${made}/staunch.1
  COMMAND staunch completion bash > ${made}/staunch.bash
  COMMAND staunch completion zsh > ${made}/_staunch
  COMMAND staunch completion fish > ${made}/staunch.fish
  DEPENDS staunch staunch-serve staunch-respond
  COMMENT "Writing the manual page and the completions")
# What they are made of.
find_program(DEBIAN_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_custom_command(OUTPUT ${made}/staunch.spdx.json
  COMMAND ${DEBIAN_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/sbom.py ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}
    ${PROJECT_VERSION} > ${made}/staunch.spdx.json
  DEPENDS staunch staunch-serve staunch-respond cmake/sbom.py cmake/packages.txt
  COMMENT "Writing the bill of materials")
add_custom_target(staunch_share ALL DEPENDS ${made}/staunch.1.gz ${made}/staunch.spdx.json)
install(FILES ${made}/staunch.spdx.json DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/staunch COMPONENT program)
set(share ${CMAKE_INSTALL_DATADIR})
install(FILES ${made}/staunch.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${made}/staunch.bash DESTINATION ${share}/bash-completion/completions RENAME staunch COMPONENT program)
install(FILES ${made}/_staunch DESTINATION ${share}/zsh/vendor-completions COMPONENT program)
install(FILES ${made}/staunch.fish DESTINATION ${share}/fish/vendor_completions.d COMPONENT program)
foreach(component program library development)
  set(package_program staunch)
  set(package_library libstaunch0)
  set(package_development libstaunch-dev)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${share}/doc/${package_${component}} RENAME copyright
    COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package_${component}})
  set(CPACK_DEBIAN_${upper}_FILE_NAME DEB-DEFAULT)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/SECURITY.md DESTINATION ${share}/doc/staunch
  COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${share}/doc/staunch COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME staunch)
set(CPACK_PACKAGE_VENDOR staunch)
set(CPACK_PACKAGE_CONTACT "staunch <staunch@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# Opened when the first archive is.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "libarchive13, git")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS libarchive13)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libstaunch0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/postinst
  ${PROJECT_SOURCE_DIR}/cmake/debian/postrm)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "finds leaked credentials and stops the leak
Scans files, git histories and streams for credentials of some hundred providers,
redacts them in streams and in the bodies of HTTP requests, and verifies, revokes and
rotates what leaked.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "finds leaked credentials: library
The engine of staunch with its built-in rules, for C.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "finds leaked credentials: header
The header of libstaunch, and its files for pkg-config and CMake.")
include(CPack)
