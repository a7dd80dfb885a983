# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What define_milter yields. It writes through to the builder: a milter defined again has what it had.
    class MilterDefinition
      include Misspelling

      STAND_IN = "unix:/nonexistent"
      private_constant :STAND_IN

      attr_reader :name

      def initialize(loading, name)
        @loading = loading
        @name = name
      end

      Native.milter_attribute_names.each do |attribute|
        define_method(attribute) { @loading.builder.get_milter(@name, attribute) }
        define_method("#{attribute}=") { |value| assign(attribute, value) }
      end

      def applicable_conditions=(conditions)
        names = conditions.nil? ? [] : Array(conditions).map { |condition| name_of(condition) }
        assign("applicable_conditions", names)
      end

      def add_applicable_condition(condition)
        @loading.attempt do
          @loading.builder.add_applicable_condition(@name, name_of(condition), *@loading.location)
        end
      end

      # An array is quoted so that a shell, and the starter of commands, splits it into the same words.
      def command_options=(options)
        if options.is_a?(Array)
          require "shellwords"
          options = options.map(&:to_s).shelljoin
        end
        assign("command_options", options)
      end

      # What detect_milter has found.
      def detected(found)
        %w[enabled description command command_options connection_spec].each do |attribute|
          assign(attribute, found[attribute]) unless found[attribute].nil?
        end
        # It answers late when it keeps a client in the tar pit.
        return if found["tarpit"].zero?
        self.writing_timeout += found["tarpit"]
        self.reading_timeout += found["tarpit"]
      end

      def inspect
        "#<#{self.class} #{name}>"
      end

      private

      def spoken_name
        "milter"
      end

      def name_of(condition)
        condition.respond_to?(:name) ? condition.name : condition.to_s
      end

      def assign(attribute, value)
        done = @loading.attempt do
          @loading.builder.set_milter(@name, attribute, @loading.plain(value), *@loading.location)
        end
        # Checking has told what is wrong with it: it is not missing, too.
        assign(attribute, STAND_IN) if !done && attribute == "connection_spec"
      end
    end
  end
end
