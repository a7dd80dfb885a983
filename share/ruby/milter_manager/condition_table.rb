# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Tables in Postfix's formats, for conditions: the same file may serve both programs.
    class ConditionTable
      class Error < Manager::Error
        attr_reader :path, :line, :text

        def initialize(message, path, line, text)
          @path = path
          @line = line
          @text = text
          super(message)
        end
      end

      class InvalidFormatError < Error
        def initialize(path, line, text)
          super("#{path}:#{line}: invalid format <#{text}>", path, line, text)
        end
      end

      class InvalidValueError < Error
        attr_reader :detail, :value

        def initialize(detail, value, path, line, text)
          @detail = detail
          @value = value
          super("#{path}:#{line}: #{detail}: <#{value}>: <#{text}>", path, line, text)
        end
      end

      # What it matches; the action, or the entries between if and endif.
      Entry = Struct.new(:pattern, :negated, :action, :entries)

      # A line as the table means it, with those that continue it, and the number of its first line.
      LogicalLine = Struct.new(:number, :text)

      # How deep if … endif may be nested: a lookup goes down as deep.
      MAX_DEPTH = 100

      def initialize
        @entries = []
      end

      # Reads entries from io, which has each_line, and adds them to those that are there; path names it in messages.
      # An error leaves the table as it was.
      def parse(io, path = nil)
        @path = path || (io.respond_to?(:path) && io.path) || "(table)"
        @entries += read_entries(logical_lines(io))
        self
      end

      # Reads the file.
      def load(path)
        File.open(path, "r:BOM|UTF-8") { |file| parse(file, path) }
      end

      private

      # Of the first entry that matches and has something to say; subclasses have match(pattern, subject) and
      # action(entry, match).
      def first_action(entries, subject)
        entries.each do |entry|
          match = match(entry.pattern, subject)
          next if (match ? true : false) == entry.negated
          found = entry.entries ? first_action(entry.entries, subject) : action(entry, match)
          return found if found
        end
        nil
      end

      # Lines that begin with white space continue the one before, also across empty lines and comments.
      def logical_lines(io)
        lines = []
        io.each_line.with_index(1) do |line, number|
          line = line.dup.force_encoding(Encoding::UTF_8).chomp
          raise InvalidFormatError.new(@path, number, line.scrub("?")) unless line.valid_encoding?
          next if line.match?(/\A\s*(?:#|\z)/)
          if line.match?(/\A\s/)
            raise InvalidFormatError.new(@path, number, line) if lines.empty?
            lines.last.text << line
          else
            lines << LogicalLine.new(number, +line)
          end
        end
        lines.each { |line| line.text.rstrip! }
      end

      def invalid_format(line)
        raise InvalidFormatError.new(@path, line.number, line.text)
      end

      def invalid_value(line, detail, value)
        raise InvalidValueError.new(detail, value, @path, line.number, line.text)
      end

      # Entries as a tree: what stands between if and endif belongs to the entry of the if. Subclasses have
      # read_entry(line, text), which reads "PATTERN" or "PATTERN ACTION".
      def read_entries(lines)
        levels = [[]]
        open = []
        lines.each do |line|
          if line.text.match?(/\Aendif\s*\z/i)
            invalid_format(line) if open.empty?
            open.pop
            levels.pop
          elsif (condition = line.text[/\Aif\s+(.*)\z/mi, 1])
            invalid_value(line, "if is nested too deep", levels.size) if levels.size > MAX_DEPTH
            entry = read_entry(line, condition)
            invalid_format(line) if entry.action
            entry.entries = []
            levels.last << entry
            levels << entry.entries
            open << line
          else
            entry = read_entry(line, line.text)
            invalid_format(line) unless entry.action
            levels.last << entry
          end
        end
        invalid_format(open.last) unless open.empty?
        levels.first
      end
    end
  end
end
