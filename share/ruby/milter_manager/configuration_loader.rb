# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What configuration files are evaluated in: their self. Each reading of the configuration has a new one, so that
    # methods and constants that files define are gone with it.
    class ConfigurationLoader
      include BuiltinConditions
      include Misspelling

      attr_reader :package, :security, :log, :manager, :controller, :database, :statistics, :metrics

      def initialize(loading)
        @loading = loading
        @package = PackageSettings.new(loading)
        @security = SecuritySettings.new(loading)
        @log = LogSettings.new(loading)
        @manager = ManagerSettings.new(loading)
        @controller = ControllerSettings.new(loading)
        @database = DatabaseSettings.new(loading)
        @statistics = StatisticsSettings.new(loading)
        @metrics = MetricsSettings.new(loading)
        @conditions = {}
        @policies = Policies.new
        @expected_milters = []
        initialize_builtin_conditions(loading)
      end

      def load(path)
        @loading.load(path)
        true
      end

      # False if that very path is missing.
      def load_if_exist(path)
        load(path)
      rescue NonexistentPath => error
        raise unless error.path == path.to_s
        false
      end

      # The file of the platform, redhat9.conf, or else of its family, redhat.conf. Set package.platform and package.options
      # before it.
      def load_default
        platform = package.platform
        return false if platform.nil?
        [platform, platform.sub(/\d+\z/, "")].uniq.any? { |name| load_if_exist("defaults/#{name}.conf") }
      end

      # Defines the milter that the platform's service of that name starts, as the host's files configure it; or none, where
      # it isn't installed. The block may change it. Returns the names of those that were defined.
      #
      #   detect_milter("opendkim") { |milter| milter.evaluation_mode = true }
      def detect_milter(name, applicable_conditions = [])
        looked_for = [:milter, package.platform, package.options, name.to_s]
        detected = @loading.sources.find(looked_for) { @loading.builder.detect_milter(name.to_s) }
        detected.map do |found|
          define_milter(found["name"]) do |milter|
            milter.detected(found)
            milter.applicable_conditions = applicable_conditions
            yield(milter) if block_given?
          end
          found["name"]
        end
      end

      def define_milter(name)
        name = name.to_s
        raise InvalidValue, "a milter should have a name" if name.empty?
        @loading.transaction do
          @loading.builder.define_milter(name, *@loading.location)
          yield(MilterDefinition.new(@loading, name)) if block_given?
        end
      end

      def remove_milter(name)
        @loading.builder.remove_milter(name.to_s)
      end

      # Names, in order of definition.
      def defined_milters
        @loading.builder.milter_names
      end

      def define_applicable_condition(name)
        name = name.to_s
        condition = ConditionDefinition.new(@loading, name)
        condition.continue(@conditions[name]) if @conditions.key?(name)
        @loading.transaction(keep_when_checking: true) do
          @loading.builder.define_condition(name, *@loading.location)
          yield(condition) if block_given?
        end
        @conditions[name] = condition
      end

      def define_policy(name)
        policy = Policy.new(@loading, name.to_s)
        yield(policy) if block_given?
        @policies.add(policy, @loading.location)
      end

      def configuration
        self
      end

      def load_paths
        @loading.load_path.to_a
      end

      # The blocks of a condition at a stage (a name of ConditionDefinition::STAGES).
      def stoppers(condition_name, stage)
        @conditions.key?(condition_name) ? @conditions[condition_name].stoppers(stage) : []
      end

      # Called when all files have been read.
      def finish
        database.finish
        check_expected_milters
        @policies.define(@loading) unless @policies.empty?
        Addresses.load if runs_blocks?
      end

      private

      # While the manager serves.
      def runs_blocks?
        [@conditions, manager.connection_checkers, manager.maintained_hooks, manager.event_loop_created_hooks].any? do |some|
          !some.empty?
        end
      end

      # What names a milter may stand before the file that defines it.
      def expect_milter(name, whose)
        @expected_milters << [name, whose, @loading.location] unless defined_milters.include?(name)
      end

      # A name of no milter is most often misspelled: what it was meant for goes without.
      def check_expected_milters
        unknown = @expected_milters.select do |name, _|
          defined_milters.include?(name) && @loading.builder.get_milter(name, "connection_spec").nil?
        end
        unknown.each { |name, _| remove_milter(name) }
        unknown.each { |name, whose, place| @loading.warn_of_unknown_milter(name, whose, place) }
      end
    end
  end
end
