# SPDX-License-Identifier: GPL-3.0-or-later
# Fails when a text of the window has no translation:
#   cmake -DLUPDATE=… -DROOT=PROJECT '-DTS=FILE;FILE' -DWORK=DIRECTORY -P check.cmake
# lupdate looks at the sources and adds what is new to copies of the translations, as unfinished.
foreach(translation ${TS})
  get_filename_component(name "${translation}" NAME)
  file(COPY "${translation}" DESTINATION "${WORK}")
  set(only)
  if(name MATCHES "_en\\.ts$")
    set(only -pluralonly)
  endif()
  execute_process(
    COMMAND "${LUPDATE}" -silent -locations none -no-ui-lines ${only} -I "${ROOT}" "${ROOT}/gui/chart" "${ROOT}/gui/pages"
            "${ROOT}/gui/model" "${ROOT}/gui/source" "${ROOT}/gui/main.cc" -ts "${WORK}/${name}"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "lupdate failed: ${said}")
  endif()
  file(READ "${WORK}/${name}" text)
  if(text MATCHES "<source>([^<]*)</source>[^/]*<translation type=\"unfinished\"")
    message(FATAL_ERROR "${translation}: \"${CMAKE_MATCH_1}\" is not translated."
      " lupdate -I . gui -ts gui/translations/*.ts adds what is missing; linguist edits it.")
  endif()
endforeach()
