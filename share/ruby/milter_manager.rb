# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# The configuration language. The manager requires this file once, after it has defined
# Milter::Manager::Native (the builder, the log).
require "monitor"
require "milter_manager/lazy_gems"
require "milter_manager/guard"
require "milter_manager/errors"
require "milter_manager/logger"
require "milter_manager/addresses"
require "milter_manager/socket_address"
require "milter_manager/sources"
require "milter_manager/load_path"
require "milter_manager/misspelling"
require "milter_manager/setting_group"
require "milter_manager/netstat_connection_checker"
require "milter_manager/manager_settings"
require "milter_manager/database_options"
require "milter_manager/database_interrupts"
require "milter_manager/database_library"
require "milter_manager/database_connection"
require "milter_manager/database_models"
require "milter_manager/database_settings"
require "milter_manager/milter_definition"
require "milter_manager/condition_definition"
require "milter_manager/policy"
require "milter_manager/conditions"
require "milter_manager/configuration_loader"
require "milter_manager/failure"
require "milter_manager/child_context"
require "milter_manager/connection_context"
require "milter_manager/call_evaluation"
require "milter_manager/worker"
require "milter_manager/maintenance"
require "milter_manager/event_loop"
require "milter_manager/evaluation"
require "milter_manager/statements"
require "milter_manager/elements"
require "milter_manager/custom_file"
require "milter_manager/loading"
# For conditions that look things up, and platform files.
require "milter_manager/condition_table"
require "milter_manager/postfix_cidr_table"
require "milter_manager/postfix_regexp_table"

module Milter
  module Manager
    # What each configuration in use has beside its data: blocks. generation => ConfigurationLoader.
    GENERATIONS = {}

    module_function

    # Called by the manager. Whether the whole configuration was read, rather than ended by an exception; and, if they are to be
    # kept, its files as another reading takes them for `sources`. custom_file is a path or nil; checking: see Loading.
    def read(builder, load_paths, file, generation, custom_file, checking, sources, keep_sources)
      loading = Loading.new(builder, load_paths, Sources.new(sources), checking: checking)
      completed = loading.run(file, custom_file)
      GENERATIONS[generation] = loading.loader
      # What reading leaves behind must not make room for itself first.
      GC.start
      [completed, keep_sources ? loading.sources.pack : nil]
    end

    # Called by the manager once it has checked what was read last, in however many readings. good: it takes the place of the
    # configuration before, which otherwise stays.
    def settle(generation, good)
      DatabaseModels.settle(good)
      GENERATIONS[generation]&.database&.make_default if good
    end

    # Called by the manager when no session uses that configuration any more.
    def forget(generation)
      GENERATIONS.delete(generation)&.database&.close
    end
  end
end
