# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The files of database.load_models. Each reading of the configuration evaluates them anew, as any script: what they define is
    # there for all of Ruby. A class that an earlier reading has defined is no longer there by then, so that what the file does not say any
    # more is gone, and what it says again (an enum, a scope) is not there twice; it comes back if the configuration is refused.
    class DatabaseModels
      @retired = nil # name => value, of those that are being replaced; nil: nothing is
      @defined = [] # names
      @thread = nil
      @loading = nil # the models that are being loaded

      class << self
        # What the last reading has defined makes room. Threads that run conditions meanwhile still find what the configuration
        # that holds has defined.
        def retire
          prepare
          holds = @retired.nil? # or else it is from a reading that was not the last one
          @retired ||= {}
          @defined.each do |name|
            next unless Object.const_defined?(name, false)
            @retired[name] = Object.const_get(name) if holds
            Object.send(:remove_const, name)
          end
          @defined = []
        end

        # Of what stands at the top of the files.
        def add(names)
          @defined |= names
        end

        # The end of one reading or several. good: the last of them takes the place of the one before.
        def settle(good)
          restore unless good || @retired.nil?
          @retired = nil
        end

        # [value], or nil where there is none.
        def retired(name)
          [@retired[name]] if Thread.current != @thread && @retired&.key?(name)
        end

        # While the block runs, files that are required may be one of these.
        def while_loading(models)
          @loading = models
          yield
        ensure
          @loading = nil
        end

        # What require_relative gives for the path, or nil where the file is none of those that are being loaded.
        def require_model(path)
          @loading&.require_model(path) if Thread.current == @thread
        end

        private

        def prepare
          Module.prepend(Lookup) unless Module.include?(Lookup)
          Object.include(Requiring) unless Object.include?(Requiring)
          @thread = Thread.current
        end

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

      # A model that another one requires is what the reading has found, too, and not what is on the disk by now.
      module Requiring
        private

        def require_relative(feature)
          place = caller_locations(1, 1).first
          base = place.absolute_path || place.path
          raise LoadError, "cannot infer basepath" if base.start_with?("(eval")
          path = File.expand_path(feature, File.dirname(base))
          loaded = DatabaseModels.require_model(path)
          loaded.nil? ? super(path) : loaded
        end
      end
      private_constant :Requiring

      def initialize(loading)
        @loading = loading
        @paths = [] # as require knows them
        @told = nil
        DatabaseModels.retire
      end

      def load(files)
        files = files.map { |file| real_path(file) }
        (files - @paths).each { |file| $LOADED_FEATURES.delete(file) }
        @paths |= files
        files.each { |file| keep(file) }
        # One may have been required by another before its turn.
        DatabaseModels.while_loading(self) { files.each { |file| load_one(file) unless loaded?(file) } }
      end

      # See DatabaseModels.require_model.
      def require_model(path)
        file = real_path(path.end_with?(".rb") ? path : "#{path}.rb")
        return unless @paths.include?(file)
        !loaded?(file) && evaluate(file)
      end

      private

      def real_path(file)
        @loading.sources.find([:model, file]) { File.exist?(file) ? File.realpath(file) : file }
      end

      # Whoever reads the same again has it before another one wants it.
      def keep(file)
        @loading.sources.read(file)
      rescue SystemCallError
        nil # told in its turn
      end

      def loaded?(file)
        $LOADED_FEATURES.include?(file)
      end

      def load_one(file)
        evaluate(file)
      rescue StandardError, ScriptError
        nil # told
      end

      # An error is told once, and goes through all that require the file.
      def evaluate(file)
        @loading.own_file(file)
        before = Object.constants(false)
        $LOADED_FEATURES << file
        RubyVM::InstructionSequence.compile(@loading.sources.read(file), file, file).eval
        true
      rescue StandardError, ScriptError => error
        @loading.report(error) unless error.equal?(@told)
        @told = error
        raise
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
