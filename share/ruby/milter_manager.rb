# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# The configuration language. The manager requires this file once, after it has defined
# Milter::Manager::Native (the builder, the log).
require "milter_manager/lazy_gems"
require "milter_manager/guard"
require "milter_manager/errors"
require "milter_manager/logger"
require "milter_manager/load_path"
require "milter_manager/setting_group"
require "milter_manager/manager_settings"
require "milter_manager/database_settings"
require "milter_manager/milter_definition"
require "milter_manager/condition_definition"
require "milter_manager/policy"
require "milter_manager/loading"
require "milter_manager/configuration_loader"

module Milter
  module Manager
    # What each configuration in use has beside its data: blocks. generation => ConfigurationLoader.
    GENERATIONS = {}

    module_function

    # Called by the manager. True if the whole configuration was read, false if an exception ended it.
    def read(builder, load_paths, file, generation)
      loading = Loading.new(builder, LoadPath.new(load_paths))
      completed = loading.run(file)
      GENERATIONS[generation] = loading.loader
      completed
    end

    # Called by the manager when no session uses that configuration any more.
    def forget(generation)
      GENERATIONS.delete(generation)
    end
  end
end
