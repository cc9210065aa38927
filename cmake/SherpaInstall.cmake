# What `cmake --install` puts where: the library, its headers, and what find_package(sherpa) and pkg-config need to find them.
include(CMakePackageConfigHelpers)

install(TARGETS sherpa EXPORT sherpaTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} FILE_SET HEADERS)
install(TARGETS sherpa_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS sherpa_job RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/sherpa)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR})
install(EXPORT sherpaTargets NAMESPACE sherpa:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sherpa)

configure_package_config_file(cmake/sherpaConfig.cmake.in ${PROJECT_BINARY_DIR}/sherpaConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sherpa)
# Before 1.0, a minor version may change what programs are compiled against.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sherpaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sherpaConfig.cmake ${PROJECT_BINARY_DIR}/sherpaConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sherpa)

# Absolute where GNUInstallDirs was given absolute directories; otherwise wherever it was installed (cmake --install --prefix), going by its place.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig OUTPUT_VARIABLE up)
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
cmake_path(APPEND pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(cmake/sherpa.pc.in ${PROJECT_BINARY_DIR}/sherpa.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sherpa.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
