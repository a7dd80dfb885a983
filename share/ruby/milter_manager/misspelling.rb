# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # For objects that configuration files call: what they don't have is told in the files' own words, with what may have
    # been meant. Checking goes on behind a setting that isn't there.
    module Misspelling
      # A message that needs no class in front of it.
      module Told
      end

      # The checker alone: all of did_you_mean would add to every message of Ruby's.
      def self.similar(name, names)
        require "did_you_mean/spell_checker"
        DidYouMean::SpellChecker.new(dictionary: names).correct(name).first
      rescue LoadError
        nil
      end

      # Not what it holds: passwords among it, in messages of Ruby's own.
      def inspect
        "#<#{self.class}>"
      end

      private

      # As files write it: "manager", "milter"; nil for what stands alone.
      def spoken_name
        nil
      end

      def method_missing(name, *arguments)
        super
      rescue NameError => error
        raise unless error.receiver.equal?(self)
        unknown = error.class.new(text_about(name, error), name, receiver: self)
        unknown.extend(Told)
        raise unknown unless @loading.checking? && name.end_with?("=")
        @loading.at(*@loading.location) { @loading.report(unknown) }
      end

      def respond_to_missing?(name, include_private = false)
        super
      end

      def text_about(name, error)
        written = name.to_s.delete_suffix("=")
        names = (public_methods - Object.instance_methods).map { |one| one.to_s.delete_suffix("=") }.uniq
        meant = Misspelling.similar(written, names)
        hint = if meant
                 ": did you mean #{full_name(meant)}?"
               elsif !error.is_a?(NoMethodError)
                 ": a text stands in quotes, #{written.inspect}"
               end
        "there is no #{full_name(written)}#{hint}"
      end

      def full_name(name)
        [spoken_name, name].compact.join(".")
      end
    end
  end
end
