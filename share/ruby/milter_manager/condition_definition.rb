# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What define_applicable_condition yields: description, data, and blocks that stop a milter when they return true.
    class ConditionDefinition
      STAGES = %i[connect helo envelope_from envelope_recipient data header end_of_header body end_of_message].freeze

      attr_reader :name

      def initialize(loading, name)
        @loading = loading
        @name = name
        @stoppers = {}
      end

      attr_reader :description, :data, :refused_recipients

      %i[description data refused_recipients].each do |attribute|
        define_method("#{attribute}=") do |value|
          plain = attribute == :refused_recipients ? value : value&.to_s
          error = @loading.builder.set_condition(@name, attribute.to_s, plain, *@loading.location)
          raise ConfigurationLoader::InvalidValue, error if error
          instance_variable_set("@#{attribute}", value)
        end
      end

      STAGES.each_with_index do |stage, index|
        define_method("define_#{stage}_stopper") do |&block|
          raise ArgumentError, "define_#{stage}_stopper needs a block" unless block
          (@stoppers[stage] ||= []) << block
          @loading.builder.add_stopper(@name, index)
        end
      end

      # The blocks to ask at a stage, in order of definition.
      def stoppers(stage)
        @stoppers.fetch(stage, [])
      end

      # Takes what a definition of the same name said and this one may say again. Blocks are not taken over.
      def continue(older)
        @description = older.description
        @data = older.data
      end
    end
  end
end
