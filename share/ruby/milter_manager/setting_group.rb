# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # package, security, log, …: a reader and a writer for each setting that the manager has in the group.
    class SettingGroup
      include Misspelling

      def self.for(group)
        Class.new(self) do
          prefix = "#{group}."
          define_method(:spoken_name) { group }
          private :spoken_name
          Native.setting_names.each do |name|
            next unless name.start_with?(prefix)
            attribute = name.delete_prefix(prefix)
            define_method(attribute) { @loading.get(name) }
            define_method("#{attribute}=") { |value| @loading.set(name, value) }
          end
        end
      end

      def initialize(loading)
        @loading = loading
      end
    end

    PackageSettings = SettingGroup.for("package")
    SecuritySettings = SettingGroup.for("security")
    LogSettings = SettingGroup.for("log")
    ControllerSettings = SettingGroup.for("controller")
    StatisticsSettings = SettingGroup.for("statistics")
    MetricsSettings = SettingGroup.for("metrics")

    class PackageSettings
      # A hash, also when nothing was set.
      def options
        @loading.get("package.options") || {}
      end
    end
  end
end
