# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # An exception of the configuration's code, as people are told of it. Its message and place are the user's code, too:
    # they may raise, or be of another kind than they should.
    class Failure
      LIBRARY = File.expand_path("..", __dir__) + "/"
      SYNTAX_ERROR = /\A(.+?):(\d+): (.*)/.freeze
      private_constant :LIBRARY, :SYNTAX_ERROR

      # The frame that people look for: the innermost one of those files, else of any file that is not the manager's own.
      def self.frame_in(frames, files)
        others = frames.reject { |frame| frame.path.nil? || frame.path.start_with?(LIBRARY, "<internal:") }
        others.find { |frame| files.key?(frame.absolute_path || frame.path) || files.key?(frame.path) } || others.first
      end

      # files: a hash whose keys are paths.
      def initialize(error, files = {})
        @error = error
        @files = files
      end

      # [file, line]; nil where it is not known.
      def place
        return [@error.path, @error.line] if @error.is_a?(ParseError) && @error.path
        if @error.is_a?(SyntaxError) && (match = SYNTAX_ERROR.match(message))
          return [match[1], match[2].to_i]
        end
        frame = Failure.frame_in(@error.backtrace_locations || [], @files)
        frame && [frame.path, frame.lineno]
      rescue Exception
        nil
      end

      # "RuntimeError: message"; what the manager itself has found wrong needs no class.
      def text
        case @error
        when ConfigurationLoader::Error, ParseError, Misspelling::Told then message
        when SyntaxError then "SyntaxError: #{(SYNTAX_ERROR.match(message) || [])[3] || message}"
        when SystemExit then "SystemExit: the configuration can't end the manager"
        else "#{@error.class}: #{message}"
        end
      end

      # A line of the log. block: what has raised, for a place if there is no other.
      def log(tag, what = nil, block: nil)
        found = place || block&.source_location
        parts = [found&.join(":"), what, text].compact
        Native.log("error", "[#{tag}][error] #{parts.join(": ")}")
      end

      private

      def message
        @error.message.to_s.dup.force_encoding(Encoding::UTF_8).scrub("?")
      rescue Exception
        @error.class.to_s
      end
    end
  end
end
