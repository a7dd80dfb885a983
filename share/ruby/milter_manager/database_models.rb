# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The files of database.load_models. Each reading of the configuration evaluates them anew, as any script: what they define is
    # there for all of Ruby. A class that an earlier reading has defined is no longer there by then, so that what the file does not say any
    # more is gone, and what it says again (an enum, a scope) is not there twice; it comes back if the configuration is refused.
    class DatabaseModels
      @retired = {} # name => value, of those that are being replaced
      @defined = [] # names
      @thread = nil

      class << self
        # What the last reading has defined makes room. Threads that run conditions meanwhile still find it.
        def retire
          Module.prepend(Lookup) unless Module.include?(Lookup)
          @thread = Thread.current
          @defined.each do |name|
            next unless Object.const_defined?(name, false)
            @retired[name] = Object.const_get(name)
            Object.send(:remove_const, name)
          end
          @defined = []
        end

        # Of what stands at the top of the files.
        def add(names)
          @defined |= names
        end

        # The end of a reading. good: it takes the place of the one before; the first one does so anyway.
        def settle(good)
          restore unless good || @retired.empty?
          @retired = {}
        end

        # [value], or nil where there is none.
        def retired(name)
          [@retired[name]] if Thread.current != @thread && @retired.key?(name)
        end

        private

        def restore
          @defined.each { |name| Object.send(:remove_const, name) if Object.const_defined?(name, false) }
          @retired.each { |name, value| Object.const_set(name, value) }
          @defined = @retired.keys
        end
      end

      module Lookup
        def const_missing(name)
          retired = DatabaseModels.retired(name)
          retired ? retired.first : super
        end
      end
      private_constant :Lookup

      def initialize(loading)
        @loading = loading
        @paths = [] # as require knows them
        DatabaseModels.retire
      end

      def load(files)
        files = files.map { |file| File.exist?(file) ? File.realpath(file) : file }
        (files - @paths).each { |file| $LOADED_FEATURES.delete(file) }
        @paths |= files
        # One may have been required by another before its turn.
        files.each { |file| load_one(file) unless $LOADED_FEATURES.include?(file) }
      end

      def settle(good)
        DatabaseModels.settle(good)
      end

      private

      def load_one(file)
        @loading.own_file(file)
        before = Object.constants(false)
        $LOADED_FEATURES << file
        RubyVM::InstructionSequence.compile(@loading.sources.read(file), file, file).eval
      rescue StandardError, ScriptError => error
        @loading.report(error)
      ensure
        DatabaseModels.add((Object.constants(false) - before).select { |name| defined_in_models?(name) })
      end

      # What a library defines that a model needs is not ours.
      def defined_in_models?(name)
        @paths.include?(Object.const_source_location(name).first)
      end
    end
  end
end
