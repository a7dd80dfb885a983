# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class Error < StandardError
    end

    # In a file that isn't Ruby.
    class ParseError < Error
      attr_reader :path, :line

      def initialize(message = nil, path = nil, line = nil)
        @path = path
        @line = line
        super(message)
      end
    end

    class ConfigurationLoader
      class Error < Manager::Error
      end

      # Ends the file it was raised in; the other files are still read. Files may raise it themselves:
      #
      #   raise Milter::Manager::ConfigurationLoader::InvalidValue.new("my.level", ["low", "high"], level)
      class InvalidValue < Error
        # A message; or what was set, the values that it could have, and the one that it got.
        def initialize(target = "invalid value", *values)
          return super(target) if values.empty?
          available, actual = values
          super("#{target} should be one of #{available.inspect} but was #{actual.inspect}")
        end
      end

      class MissingValue < Error
        def initialize(target)
          super("#{target} should be set")
        end
      end

      class NonexistentPath < Error
        attr_reader :path

        def initialize(path)
          @path = path
          super("#{path} doesn't exist.")
        end
      end
    end
  end
end
