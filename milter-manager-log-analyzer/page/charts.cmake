# SPDX-License-Identifier: GPL-3.0-or-later
# Gets uPlot, with which the page draws charts, by npm: MILTER_MANAGER_UPLOT is its folder, or empty.
#
# npm verifies what it gets by the checksums of package-lock.json. It runs when that has changed or nothing was got
# before; a build without network, without npm or with a registry that is down is a build without charts.
option(MILTER_MANAGER_CHARTS "The statistics page has charts to hover and zoom (needs npm)" ON)

function(milter_manager_get_uplot)
  set(MILTER_MANAGER_UPLOT "" CACHE INTERNAL "uPlot's npm package; empty: the page has no charts")
  if(NOT MILTER_MANAGER_CHARTS)
    message(STATUS "Statistics page: without charts, since MILTER_MANAGER_CHARTS is off")
    return()
  endif()
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/page")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/npm")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}/package-lock.json")
  file(SHA256 "${source}/package-lock.json" wanted)
  set(got "")
  if(EXISTS "${folder}/got" AND EXISTS "${folder}/node_modules/uplot/dist/uPlot.iife.min.js")
    file(READ "${folder}/got" got)
  endif()
  if(NOT got STREQUAL wanted)
    find_program(NPM npm)
    if(NOT NPM)
      message(WARNING "Statistics page: without charts, since there is no npm. (-DMILTER_MANAGER_CHARTS=OFF says that you know.)")
      return()
    endif()
    file(REMOVE_RECURSE "${folder}")
    file(COPY "${source}/package.json" "${source}/package-lock.json" "${source}/.npmrc" DESTINATION "${folder}")
    execute_process(COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-timeout=20000
      WORKING_DIRECTORY "${folder}" TIMEOUT 90 RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed)
      message(WARNING "Statistics page: without charts, since npm could not get uPlot (${failed}). "
        "Configure again when it can. It said:\n${said}")
      return()
    endif()
    file(WRITE "${folder}/got" "${wanted}")
  endif()
  set(MILTER_MANAGER_UPLOT "${folder}/node_modules/uplot" CACHE INTERNAL "uPlot's npm package; empty: the page has no charts")
endfunction()
milter_manager_get_uplot()
