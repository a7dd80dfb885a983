# SPDX-License-Identifier: GPL-3.0-or-later
# What every room uses: one library a room, one test program a room, one fuzz target a parser.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

set(MILTER_MANAGER_SANITIZE "" CACHE STRING "Sanitizers, as after -fsanitize=")
option(MILTER_MANAGER_FUZZ "Build the fuzz targets with libFuzzer (needs clang), and no other tests" OFF)
set(MILTER_MANAGER_FUZZ_SECONDS 60 CACHE STRING "How long a ctest run fuzzes each target that says nothing else")

add_library(milter_manager_flags INTERFACE)
target_include_directories(milter_manager_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(milter_manager_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion
  # Where the sources were built is nobody's business: __FILE__ begins at the project's root.
  "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
# At -O3, GCC 12 takes "text" + std::string() for a copy onto itself (https://gcc.gnu.org/PR105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(milter_manager_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-Wno-restrict>)
endif()
if(MILTER_MANAGER_SANITIZE)
  target_compile_options(milter_manager_flags INTERFACE
    -fsanitize=${MILTER_MANAGER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(milter_manager_flags INTERFACE -fsanitize=${MILTER_MANAGER_SANITIZE})
endif()
if(MILTER_MANAGER_FUZZ)
  target_compile_options(milter_manager_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The environment of every test. CRuby scans its own stack and leaves memory to the end of the process:
# the sanitizers must keep local variables on the real stack, and can look for leaks only where there is no Ruby.
set(MILTER_MANAGER_ASAN_OPTIONS
  "detect_stack_use_after_return=0:use_sigaltstack=0:allocator_may_return_null=1:quarantine_size_mb=64")
set(MILTER_MANAGER_TSAN_OPTIONS "report_signal_unsafe=0:allocator_may_return_null=1:halt_on_error=1")

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

# milter_manager_test_environment(NAME [RUBY])
# Lets the ctest NAME run under the sanitizers; RUBY: the program hosts CRuby, or starts one that does.
function(milter_manager_test_environment name)
  cmake_parse_arguments(arg "RUBY" "" "" ${ARGN})
  set(asan "${MILTER_MANAGER_ASAN_OPTIONS}")
  if(arg_RUBY)
    string(APPEND asan ":detect_leaks=0")
  endif()
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
    "ASAN_OPTIONS=${asan}" "TSAN_OPTIONS=${MILTER_MANAGER_TSAN_OPTIONS}" "UBSAN_OPTIONS=print_stacktrace=1")
endfunction()

# milter_manager_test(NAME [LABEL quick|long] [RUBY] [THREADS] libraries…)
# The program NAME_test of every *.cc in the calling folder, as one ctest.
# RUBY: it hosts CRuby. THREADS: it has threads, so `test/run` runs it under the thread sanitizer too.
function(milter_manager_test name)
  cmake_parse_arguments(arg "RUBY;THREADS" "LABEL" "" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL quick)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE milter_manager_flags catch_main ${arg_UNPARSED_ARGUMENTS})
  target_compile_definitions(${name}_test PRIVATE
    TEST_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}" PROJECT_ROOT="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test)
  set(labels ${arg_LABEL})
  if(arg_THREADS)
    list(APPEND labels threads)
    add_dependencies(threaded_tests ${name}_test)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT 600)
  if(arg_RUBY)
    milter_manager_test_environment(${name} RUBY)
  else()
    milter_manager_test_environment(${name})
  endif()
endfunction()

# milter_manager_fuzz(NAME [SECONDS N] libraries…)
# A fuzz target from NAME_fuzz.cc, which defines LLVMFuzzerTestOneInput(), and its corpus, the folder corpus/NAME.
# In the fuzz preset libFuzzer drives it; everywhere else the corpus is replayed as a plain quick test.
function(milter_manager_fuzz name)
  cmake_parse_arguments(arg "" "SECONDS" "" ${ARGN})
  if(NOT arg_SECONDS)
    set(arg_SECONDS ${MILTER_MANAGER_FUZZ_SECONDS})
  endif()
  math(EXPR limit "${arg_SECONDS} + 300")
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  add_executable(${name}_fuzz ${name}_fuzz.cc)
  target_link_libraries(${name}_fuzz PRIVATE milter_manager_flags ${arg_UNPARSED_ARGUMENTS})
  if(MILTER_MANAGER_FUZZ)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    set(found "${CMAKE_CURRENT_BINARY_DIR}/found/${name}")
    file(MAKE_DIRECTORY "${found}")
    add_test(NAME fuzz_${name} COMMAND ${name}_fuzz -max_total_time=${arg_SECONDS}
      -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 "${found}" "${corpus}")
    # The longest first, so that the others run beside it.
    set_tests_properties(fuzz_${name} PROPERTIES LABELS long TIMEOUT ${limit} COST ${arg_SECONDS})
  else()
    target_link_libraries(${name}_fuzz PRIVATE fuzz_replay)
    add_test(NAME fuzz_${name} COMMAND ${name}_fuzz "${corpus}")
    set_tests_properties(fuzz_${name} PROPERTIES LABELS quick TIMEOUT 120)
  endif()
  milter_manager_test_environment(fuzz_${name})
endfunction()
