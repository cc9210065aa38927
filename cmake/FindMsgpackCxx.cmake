# msgpack-c's C++ headers, whose own CMake package has had three names. Offers MsgpackCxx::MsgpackCxx.
find_package(Boost QUIET)
find_path(MSGPACK_CXX_INCLUDE_DIR msgpack.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MsgpackCxx REQUIRED_VARS MSGPACK_CXX_INCLUDE_DIR Boost_INCLUDE_DIRS)
if(MsgpackCxx_FOUND AND NOT TARGET MsgpackCxx::MsgpackCxx)
  add_library(MsgpackCxx::MsgpackCxx INTERFACE IMPORTED)
  set_target_properties(MsgpackCxx::MsgpackCxx PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${MSGPACK_CXX_INCLUDE_DIR};${Boost_INCLUDE_DIRS}"
    INTERFACE_COMPILE_DEFINITIONS MSGPACK_DEFAULT_API_VERSION=3)
endif()
mark_as_advanced(MSGPACK_CXX_INCLUDE_DIR)
