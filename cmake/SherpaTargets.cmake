# sherpa_precompiled(<target> <name>): compiles the headers of cmake/precompiled/<name>.hpp once for all targets that say so. They take most of
# the time to compile (CAF, Boost, Eigen, JSON). Needs equal compile options: a target with others gets a copy of its own.
function(sherpa_precompiled target name)
  if(NOT SHERPA_PRECOMPILE)
    return()
  endif()
  set(owner sherpa_precompiled_${name})
  if(NOT TARGET ${owner})
    # Programs are compiled with -fPIE, libraries with -fPIC: what is precompiled for one is of no use to the other.
    if(name STREQUAL tests)
      add_executable(${owner} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled/owner.cpp)
    else()
      add_library(${owner} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled/owner.cpp)
    endif()
    target_include_directories(${owner} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
    target_precompile_headers(${owner} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${name}.hpp)
    set(libraries_json nlohmann_json::nlohmann_json)
    set(libraries_eigen Eigen3::Eigen)
    set(libraries_caf CAF::core)
    set(libraries_network nlohmann_json::nlohmann_json Boost::headers OpenSSL::SSL)
    set(libraries_tests GTest::gmock GTest::gtest)
    target_link_libraries(${owner} PRIVATE ${libraries_${name}})
    sherpa_optimized(${owner} ${name})
    if(name STREQUAL tests)
      sherpa_test_code(${owner})
    else()
      sherpa_warnings(${owner})
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # ccache asks for it
  endif()
endfunction()

# Debug builds, the sanitizers among them, are not optimised, which halves the time to build them. Eigen is the exception: without
# inlining, the tests of the algorithms would take ten times as long.
function(sherpa_optimized target precompiled)
  if(precompiled STREQUAL eigen)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O1>)
  endif()
endfunction()

# sherpa_room(<name> SOURCES <file>... [LINK <library>...] [PRECOMPILED <name>])
# A room (one directory of sources), compiled once: the object library sherpa_<name>. Files include one another by their path from the top
# ("core/study/engine.hpp"); scripts/check_layers.py says which room may include which. Third-party libraries are linked where the
# rooms come together, so that no user ever links them.
function(sherpa_room name)
  cmake_parse_arguments(ROOM "" "PRECOMPILED" "SOURCES;LINK" ${ARGN})
  add_library(sherpa_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(sherpa_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
  target_compile_definitions(sherpa_${name} PRIVATE SHERPA_VERSION="${PROJECT_VERSION}")
  target_link_libraries(sherpa_${name} PRIVATE ${ROOM_LINK})
  sherpa_warnings(sherpa_${name})
  sherpa_optimized(sherpa_${name} "${ROOM_PRECOMPILED}")
  set_property(TARGET sherpa_${name} PROPERTY SHERPA_LINK ${ROOM_LINK})
  set_property(GLOBAL APPEND PROPERTY SHERPA_ROOMS ${name})
  if(ROOM_PRECOMPILED)
    sherpa_precompiled(sherpa_${name} ${ROOM_PRECOMPILED})
  endif()
endfunction()

# sherpa_objects(<target> <room>...): the objects of these rooms, and what they need, in a program that must be built in seconds.
function(sherpa_objects target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  foreach(room ${ARGN})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:sherpa_${room}>)
    target_link_libraries(${target} PRIVATE Threads::Threads $<TARGET_PROPERTY:sherpa_${room},SHERPA_LINK>)
  endforeach()
endfunction()

# The rooms without I/O, for sherpa_objects.
set(SHERPA_CORE base space study study_file link feed)
set(SHERPA_ALGORITHMS algorithms algorithms_numerics algorithms_samplers algorithms_bayesian algorithms_fidelity algorithms_stopping
  algorithms_wrappers)

# sherpa_library(<name>)
# The shared library that is installed, made of all rooms so far, and beside it <name>_inside, the same objects as a static library
# for tests and benchmarks, which see what is hidden from users.
function(sherpa_library name)
  get_property(rooms GLOBAL PROPERTY SHERPA_ROOMS)
  set(objects "")
  set(third_party Threads::Threads)
  foreach(room ${rooms})
    list(APPEND objects $<TARGET_OBJECTS:sherpa_${room}>)
    get_target_property(link sherpa_${room} SHERPA_LINK)
    if(link)
      list(APPEND third_party ${link})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES third_party)

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
  # GCC 12 sees copies onto themselves in `"text" + std::string` where none exist: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
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
  sherpa_precompiled(${name}_test tests)
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. PROPERTIES LABELS ${name} TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()
