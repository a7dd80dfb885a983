# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # One reading of the configuration: which files are being read, where in them we are, what went wrong.
    class Loading
      MAX_DEPTH = 64
      LIBRARY = File.expand_path("..", __dir__) + "/"
      SYNTAX_ERROR = /\A(.+?):(\d+): (.*)/.freeze

      attr_reader :builder, :load_path, :loader

      def initialize(builder, load_path)
        @builder = builder
        @load_path = load_path
        @files = {}
        @depth = 0
        @loader = ConfigurationLoader.new(self)
      end

      # True if the whole configuration was read, false if an exception ended it.
      def run(file)
        load(file)
        @loader.finish
        true
      rescue Exception => error # exit, abort, throw and endless recursion too
        report(error)
        false
      end

      def load(path)
        @load_path.resolve(path).each { |file| evaluate(file) }
      end

      def set(name, value)
        error = @builder.set(name, plain(value), *location)
        raise ConfigurationLoader::InvalidValue, error if error
      end

      def get(name)
        @builder.get(name)
      end

      # What the block does to the configuration counts only if it ends well: a milter without the conditions that a
      # later line would have given it would be applied to mail that it was not meant for.
      def transaction
        mark = @builder.checkpoint
        begin
          yield
        rescue Exception
          @builder.rollback(mark)
          raise
        end
      ensure
        @builder.forget_checkpoint(mark)
      end

      # File and line of the configuration that is running: those of a file that was loaded, if there are any.
      def location
        frames = caller_locations.reject { |frame| frame.path.nil? || own?(frame.path) }
        frame = frames.find { |one| @files.key?(one.absolute_path || one.path) || @files.key?(one.path) } || frames.first
        frame ? [frame.path, frame.lineno] : ["", 0]
      end

      # Places within it are told rather than the line that loaded it.
      def own_file(path)
        @files[path] = true
      end

      def report(error)
        file, line = place_of(error)
        @builder.report(file, line, describe(error))
      end

      # A value that the builder knows.
      def plain(value)
        case value
        when nil, true, false, Integer, Float, String then value
        when Symbol then value.to_s
        when Rational then value.to_f
        when Array then value.map { |one| one.is_a?(String) ? one : one.to_s }
        when Hash then value.to_h { |key, one| [key.to_s, one.is_a?(Symbol) ? one.to_s : one] }
        else
          return value.to_path if value.respond_to?(:to_path)
          raise ConfigurationLoader::InvalidValue, "a plain value is wanted but was #{value.inspect}"
        end
      end

      private

      def own?(path)
        path.start_with?(LIBRARY) || path.start_with?("<internal:")
      end

      def evaluate(file)
        raise ConfigurationLoader::Error, "too many files load each other" if @depth >= MAX_DEPTH
        own_file(file)
        @depth += 1
        begin
          @loader.instance_eval(File.read(file, mode: "r:BOM|UTF-8"), file)
        rescue ConfigurationLoader::InvalidValue => error
          report(error)
        ensure
          @depth -= 1
        end
      end

      def place_of(error)
        if error.is_a?(SyntaxError) && (match = SYNTAX_ERROR.match(text_of(error)))
          return [match[1], match[2].to_i]
        end
        frames = (error.backtrace_locations || []).reject { |frame| frame.path.nil? || own?(frame.path) }
        frame = frames.find { |one| @files.key?(one.absolute_path || one.path) || @files.key?(one.path) } || frames.first
        frame ? [frame.path, frame.lineno] : ["", 0]
      rescue StandardError
        ["", 0]
      end

      def describe(error)
        text = text_of(error)
        case error
        when ConfigurationLoader::Error then text
        when SyntaxError then "SyntaxError: #{(SYNTAX_ERROR.match(text) || [])[3] || text}"
        when SystemExit then "SystemExit: a configuration file can't end the manager"
        else "#{error.class}: #{text}"
        end
      end

      # A message is the user's code: it may raise, or be no text.
      def text_of(error)
        error.message.to_s.dup.force_encoding(Encoding::UTF_8).scrub("?")
      rescue Exception
        error.class.to_s
      end
    end
  end
end
