# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # One reading of the configuration: which files are being read, where in them we are, what went wrong.
    class Loading
      # Ends all files that are being read.
      class TooDeep < ConfigurationLoader::Error
      end

      MAX_DEPTH = 64

      attr_reader :builder, :sources, :load_path, :loader

      # checking: find as many errors as can be found instead of ending a file at its first one. What was read then is
      # good for nothing else.
      def initialize(builder, load_paths, sources, checking: false)
        @builder = builder
        @sources = sources
        @load_path = LoadPath.new(load_paths, sources)
        @checking = checking
        @files = {}
        @depth = 0
        @place = nil
        @loader = ConfigurationLoader.new(self)
      end

      def checking?
        @checking
      end

      # True if the whole configuration was read, false if an exception ended it. custom_file: a path that is read last,
      # or nil.
      def run(file, custom_file = nil)
        read(file, custom_file)
      ensure
        DatabaseConnection.give_back
      end

      def load(path)
        @load_path.resolve(path).each { |file| evaluate(file) }
      end

      def set(name, value)
        attempt { @builder.set(name, plain(value), *location) }
      end

      # Makes an exception of the block's answer, a message or nil. Checking goes on behind it: false then.
      def attempt
        error = yield
        raise ConfigurationLoader::InvalidValue, error if error
        true
      rescue ConfigurationLoader::InvalidValue => invalid
        raise unless checking?
        report(invalid)
        false
      end

      def get(name)
        @builder.get(name)
      end

      # What the block does to the configuration counts only if it ends well: a milter without the conditions that a
      # later line would have given it would be applied to mail that it was not meant for. Checking keeps what others may
      # name, rather than telling at each of them that it is missing.
      def transaction(keep_when_checking: false)
        mark = @builder.checkpoint
        begin
          yield
        rescue Exception
          @builder.rollback(mark) unless checking? && keep_when_checking
          raise
        end
      ensure
        @builder.forget_checkpoint(mark)
      end

      # What the block sets counts as set at that place: that of a file which isn't Ruby, or of an earlier statement.
      def at(file, line)
        outer = @place
        @place = [file, line]
        yield
      ensure
        @place = outer
      end

      # File and line of the configuration that is running: those of a file that was loaded, if there are any.
      def location
        return @place if @place
        frame = Failure.frame_in(caller_locations, @files)
        frame ? [frame.path, frame.lineno] : ["", 0]
      end

      # Places within it are told rather than the line that loaded it.
      def own_file(path)
        @files[path] = true
      end

      # A statement as it may be written again, for the dump. It takes the place of those that begin with `replaced`; an
      # empty one only removes them.
      def note(statement, replaced = "")
        @builder.note_statement(statement, false, replaced, *location)
      end

      # One that can't be written again, since what it holds is a block or another object.
      def note_unwritten(statement, replaced = "")
        @builder.note_statement(statement, true, replaced, *location)
      end

      # Works, but perhaps not as meant. place: file and line.
      def warn(message, place = location)
        @builder.warn(*place, message)
      end

      # whose: who names a milter that nobody has defined.
      def warn_of_unknown_milter(name, whose, place)
        names = @builder.milter_names
        known = names.empty? ? "none is defined" : "there are #{names.join(", ")}"
        warn("#{whose}: there is no milter of that name: <#{name}> (#{known})", place)
      end

      def report(error)
        failure = Failure.new(error, @files)
        file, line = @place || failure.place || ["", 0]
        @builder.report(file, line, failure.text)
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

      def read(file, custom_file)
        load_first(file)
        read_custom_file(custom_file) if custom_file
        @loader.finish
        true
      rescue Exception => error # exit, abort, throw and endless recursion too
        report(error)
        false
      end

      def load_first(file)
        load(file)
      rescue ConfigurationLoader::NonexistentPath => error
        raise unless error.path == file
        raise ConfigurationLoader::Error, "#{error.message} It was looked for in #{@load_path.to_a.join(", ")}."
      end

      def evaluate(file)
        raise TooDeep, "too many files load each other" if @depth >= MAX_DEPTH
        own_file(file)
        @depth += 1
        begin
          text = @sources.read(file)
          checking? ? evaluate_statements(text, file) : @loader.instance_eval(text, file)
        rescue ConfigurationLoader::InvalidValue => error
          report(error)
        ensure
          @depth -= 1
        end
      end

      # An exception ends the statement that it comes from, instead of everything.
      def evaluate_statements(text, file)
        scope = @loader.instance_eval("binding", file)
        Statements.split(text).each do |line, statement|
          scope.eval(statement, file, line)
        rescue TooDeep
          raise # each of the files would go on with its next statement, and load the others again
        rescue Exception => error
          report(error)
        end
      end

      def read_custom_file(file)
        own_file(file)
        if @sources.read(file).start_with?("<")
          CustomFile.new(self, file).read
        else
          evaluate(file)
        end
      end
    end
  end
end
