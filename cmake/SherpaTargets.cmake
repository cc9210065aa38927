# sherpa_room(<name> SOURCES <file>... [LINK <library>...])
# One room of the house, compiled once. It sees the public headers and the rooms' own by path ("study/engine.hpp"); which room may see which,
# scripts/check_layers.py says. Third-party libraries are linked where the rooms come together, so that no user ever links them.
function(sherpa_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(sherpa_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(sherpa_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
  target_compile_definitions(sherpa_${name} PRIVATE SHERPA_VERSION="${PROJECT_VERSION}")
  target_link_libraries(sherpa_${name} PRIVATE ${ROOM_LINK})
  sherpa_warnings(sherpa_${name})
  set_property(TARGET sherpa_${name} PROPERTY SHERPA_LINK ${ROOM_LINK})
endfunction()

# sherpa_library(<name> ROOMS <room>...)
# The shared library that is installed, and beside it <name>_inside, the same objects as a static library for tests and benchmarks, which see
# what is hidden to users.
function(sherpa_library name)
  cmake_parse_arguments(LIB "" "" "ROOMS" ${ARGN})
  set(objects "")
  set(third_party Threads::Threads)
  foreach(room ${LIB_ROOMS})
    list(APPEND objects $<TARGET_OBJECTS:sherpa_${room}>)
    get_target_property(link sherpa_${room} SHERPA_LINK)
    if(link)
      list(APPEND third_party ${link})
    endif()
  endforeach()

  add_library(${name} SHARED ${objects})
  add_library(sherpa::${name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_compile_features(${name} PUBLIC cxx_std_20)
  # As a file set each of them can be compiled alone: target all_verify_interface_header_sets.
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:${third_party}>)
  target_link_options(${name} PRIVATE LINKER:--as-needed)
  # Clang's sanitizers are in the program only.
  if(NOT (CMAKE_CXX_COMPILER_ID STREQUAL Clang AND CMAKE_CXX_FLAGS MATCHES "-fsanitize"))
    target_link_options(${name} PRIVATE LINKER:--no-undefined)
  endif()

  add_library(${name}_inside STATIC EXCLUDE_FROM_ALL ${objects})
  target_compile_features(${name}_inside PUBLIC cxx_std_20)
  target_include_directories(${name}_inside PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_inside PUBLIC ${third_party})
endfunction()

function(sherpa_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${SHERPA_WERROR}>:-Werror>)
  # GCC 12 sees copies onto themselves in `"text" + std::string` where there are none: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
endfunction()

# Tests are compiled without optimisation: it would take half of the time to build, and what they test is optimised.
function(sherpa_test_code target)
  target_compile_options(${target} PRIVATE -O0)
  sherpa_warnings(${target})
endfunction()

# sherpa_test(<name> <file>... [LINK <library>...]): one test program, each of its tests known to ctest.
function(sherpa_test name)
  cmake_parse_arguments(TEST "" "" "LINK" ${ARGN})
  add_executable(${name}_test ${TEST_UNPARSED_ARGUMENTS})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_test PRIVATE sherpa_inside GTest::gmock GTest::gtest_main ${TEST_LINK})
  sherpa_test_code(${name}_test)
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. PROPERTIES LABELS ${name} TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()
