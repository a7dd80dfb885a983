# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The matchers of one configuration, numbered. The manager asks here about what it can't decide itself: blocks,
    # objects with ===, and regular expressions that another engine would read differently.
    class Matchers
      def initialize
        @all = []
      end

      # Yields what the manager gets to know of the matcher: its number; the text that it is equal to, or nil; the
      # source of the regular expression that it is, or nil, and its options.
      def add(matcher)
        number = @all.size
        if plain?(matcher, String) && matcher.valid_encoding?
          yield(number, matcher, nil, 0)
        elsif plain?(matcher, Regexp)
          yield(number, nil, matcher.source, matcher.options)
        else
          yield(number, nil, nil, 0)
        end
        @all << matcher
      end

      # As a configuration file writes it; nil for what it can't: blocks and other objects.
      def self.written(matcher)
        case matcher
        when String then matcher.inspect
        when Regexp
          # Within slashes the text would be evaluated.
          interpolated = matcher.source.match?(/#[{$@]/)
          interpolated ? "Regexp.new(#{matcher.source.inspect}, #{matcher.options})" : matcher.inspect
        end
      end

      # What it is, for people.
      def self.told(matcher)
        matcher.is_a?(Proc) ? "a block" : "an object of class #{matcher.class}"
      end

      def match?(number, subject)
        @all.fetch(number) === subject ? true : false
      end

      private

      # Not one whose === somebody has changed.
      def plain?(matcher, type)
        matcher.instance_of?(type) && matcher.singleton_methods(false).empty?
      end
    end

    # A list of matchers that a setting holds, in the manager as `name`: texts, regular expressions, blocks, anything
    # with ===. `statement` is what adds one.
    class MatcherList
      def initialize(loading, matchers, name, statement)
        @loading = loading
        @builder = loading.builder
        @matchers = matchers
        @name = name
        @statement = statement
        @list = []
      end

      # One that is there already is left out: files may be loaded twice.
      def add(matcher)
        raise ArgumentError, "a text, a regular expression or a block is wanted" if matcher.nil?
        return if known?(matcher)
        @matchers.add(matcher) { |*description| @builder.add_matcher(@name, *description) }
        written = Matchers.written(matcher)
        if written
          @loading.note("#{@statement}(#{written})")
        else
          @loading.note_unwritten("#{@statement} with #{Matchers.told(matcher)}")
        end
        @list << matcher
      end

      def clear
        @builder.clear_matchers(@name)
        @loading.note("", @statement)
        @list.clear
      end

      def match?(subject)
        @list.any? { |matcher| matcher === subject }
      end

      def to_a
        @list.dup
      end

      private

      def known?(matcher)
        return false unless matcher.is_a?(String) || matcher.is_a?(Regexp)
        @list.any? { |one| one.class == matcher.class && one == matcher }
      end
    end
  end
end
