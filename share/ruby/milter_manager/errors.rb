# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class Error < StandardError
    end

    class ParseError < Error
    end

    class ConfigurationLoader
      class Error < Manager::Error
      end

      # Ends the file it was raised in; the other files are still read.
      class InvalidValue < Error
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
