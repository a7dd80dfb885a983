# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What define_applicable_condition yields: description, data, and blocks that stop a milter when they return true.
    class ConditionDefinition
      STAGES = %i[connect helo envelope_from envelope_recipient data header end_of_header body end_of_message].freeze

      include Misspelling

      attr_reader :name

      def initialize(loading, name)
        @loading = loading
        @name = name
        @stoppers = {}
      end

      attr_reader :description, :data, :refused_recipients, :builtin

      %i[description data refused_recipients builtin].each do |attribute|
        define_method("#{attribute}=") do |value|
          plain = attribute == :refused_recipients ? value : value&.to_s
          @loading.attempt do
            @loading.builder.set_condition(@name, attribute.to_s, plain, *@loading.location)
          end
          restate_builtin(plain) if attribute == :builtin
          instance_variable_set("@#{attribute}", value)
        end
      end

      STAGES.each_with_index do |stage, index|
        define_method("define_#{stage}_stopper") do |&block|
          raise ArgumentError, "define_#{stage}_stopper needs a block" unless block
          drop_inherited
          (@stoppers[stage] ||= []) << block
          @loading.builder.add_stopper(@name, index)
          @loading.note_unwritten("#{statement}define_#{stage}_stopper with a block")
        end
      end

      # For a built-in condition that has accounts: texts, regular expressions, blocks, anything with ===.
      def accounts=(accounts)
        accounts.each do |account|
          @loading.loader.matchers.add(account) do |*description|
            @loading.attempt { @loading.builder.add_account(@name, *description) }
          end
        end
        note_accounts(accounts)
      end

      # The blocks to ask at a stage, in order of definition.
      def stoppers(stage)
        @stoppers.fetch(stage, [])
      end

      # Takes what a definition of the same name said and this one may say again. Blocks are taken over only if this one
      # defines none.
      def continue(older)
        @description = older.description
        @data = older.data
        @builtin = older.builtin
        @refused_recipients = older.refused_recipients
        @stoppers = older.all_stoppers
        @inherited = true
      end

      def inspect
        "#<#{self.class} #{name}>"
      end

      protected

      def all_stoppers
        @stoppers.dup
      end

      private

      def spoken_name
        "condition"
      end

      def note_accounts(accounts)
        written, others = accounts.partition { |account| Matchers.written(account) }
        list = written.map { |account| Matchers.written(account) }.join(", ")
        @loading.note("#{statement}accounts = [#{list}]", "#{statement}accounts")
        others.each { |account| @loading.note_unwritten("#{statement}accounts with #{Matchers.told(account)}") }
      end

      # Of those that the dump shows within the condition.
      def statement
        "applicable_condition[#{@name}] condition."
      end

      def drop_inherited
        if @inherited
          @stoppers = {}
          %w[define_ accounts].each { |start| @loading.note("", "#{statement}#{start}") }
        end
        @builtin = nil if @inherited && !@restated
        @inherited = false
      end

      # The same one again says that it stays beside stoppers that follow.
      def restate_builtin(name)
        @restated = true
        drop_inherited if name != @builtin&.to_s
      end
    end
  end
end
