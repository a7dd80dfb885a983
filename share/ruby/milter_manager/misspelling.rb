# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # For objects whose writers are settings: checking tells of a writer that isn't there, and goes on behind it.
    module Misspelling
      private

      def method_missing(name, *arguments)
        super
      rescue NoMethodError => error
        raise unless @loading.checking? && name.end_with?("=")
        @loading.report(error)
      end

      def respond_to_missing?(name, include_private = false)
        super
      end
    end
  end
end
