# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Is the MTA near the number of connections that it can serve?
    #
    #   stress.threshold_n_connections = 75
    class Stress
      include Misspelling

      STATEMENT = "stress.threshold_n_connections = "
      private_constant :STATEMENT

      def initialize(loading)
        @loading = loading
      end

      # What was set; else what the MTA's own configuration says, looked up once. 0: never in stress.
      def threshold_n_connections
        @threshold ||= find_threshold
      end

      # nil: looked up.
      def threshold_n_connections=(threshold)
        threshold = Integer(threshold) unless threshold.nil?
        unless threshold.nil? || (0..0xffffffff).cover?(threshold)
          raise ConfigurationLoader::InvalidValue,
                "stress.threshold_n_connections should be a number of connections but was #{threshold.inspect}"
        end
        @loading.builder.stress_threshold = threshold
        @loading.note(threshold ? "#{STATEMENT}#{threshold}" : "", STATEMENT)
        @threshold = threshold
      rescue ArgumentError, TypeError
        raise ConfigurationLoader::InvalidValue,
              "stress.threshold_n_connections should be a number of connections but was #{threshold.inspect}"
      end

      # For a stopper's context, or a number of connections.
      def stressing?(context)
        connections = context.respond_to?(:n_processing_sessions) ? context.n_processing_sessions : Integer(context)
        threshold_n_connections.positive? && connections >= threshold_n_connections
      end

      private

      def spoken_name
        "stress"
      end

      def find_threshold
        threshold, level, text = Native.find_stress_threshold
        Native.log(level, text)
        threshold
      end
    end
  end
end
