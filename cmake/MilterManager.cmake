# SPDX-License-Identifier: GPL-3.0-or-later
# Helpers that every room uses: one library a room, one test program a room.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

set(MILTER_MANAGER_SANITIZE "" CACHE STRING "Sanitizers, as after -fsanitize=")

add_library(milter_manager_flags INTERFACE)
target_include_directories(milter_manager_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(milter_manager_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion)
if(MILTER_MANAGER_SANITIZE)
  target_compile_options(milter_manager_flags INTERFACE
    -fsanitize=${MILTER_MANAGER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(milter_manager_flags INTERFACE -fsanitize=${MILTER_MANAGER_SANITIZE})
endif()

# milter_manager_room(NAME [PUBLIC libraries…] [PRIVATE libraries…])
# The library core_NAME of every *.cc in the calling folder (but main.cc).
function(milter_manager_room name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  add_library(core_${name} STATIC ${sources})
  target_link_libraries(core_${name}
    PUBLIC milter_manager_flags tl::expected fmt::fmt ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# milter_manager_test(NAME [LABEL quick|long] libraries…)
# The program NAME_test of every *_test.cc in the calling folder, as one ctest.
function(milter_manager_test name)
  cmake_parse_arguments(arg "" "LABEL" "" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL quick)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE milter_manager_flags catch_main ${arg_UNPARSED_ARGUMENTS})
  target_compile_definitions(${name}_test PRIVATE
    TEST_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}" PROJECT_ROOT="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600)
endfunction()
