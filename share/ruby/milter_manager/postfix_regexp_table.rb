# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "milter_manager/condition_table"

module Milter
  module Manager
    # A regexp_table(5) of Postfix; the regular expressions are Ruby's:
    #
    #   /^bulk-(\d+)@example\.com$/    sender $1
    #   !/@example\.com$/              elsewhere
    #   if /^Subject:/
    #   /money/                        reject
    #   endif
    #
    #   table = Milter::Manager::PostfixRegexpTable.new.load("/etc/postfix/senders.regexp")
    #   table.find("bulk-7@example.com")   # => "sender 7"
    #
    # Flags behind the expression: i makes case matter, which it doesn't by default; m lets a dot match the end of a
    # line; x is accepted and does nothing. Each says the opposite when it stands there twice.
    class PostfixRegexpTable < ConditionTable
      # The action of the first entry that matches the text, with $1, ${1} and $(1) replaced by what the groups of its
      # expression matched; $$ is a dollar sign. In entries that begin with ! the action stays as it is. nil: there is none.
      def find(text)
        text = text.to_s.dup.force_encoding(Encoding::UTF_8)
        first_action(@entries, text.scrub("?"))
      end

      private

      # Any mark may enclose the expression; within it, it stands behind a backslash.
      ENTRY = /\A(!*)\s*([^\p{Alnum}\s\\!])((?:\\.|(?!\2)[^\\])*)\2([[:alpha:]]*)(?:\s+(.+))?\z/m.freeze
      REFERENCE = /\$(?:(\$)|(\d+)|\{(\d+)\}|\((\d+)\))/.freeze
      private_constant :ENTRY, :REFERENCE

      def read_entry(line, text)
        _, negation, _, source, flags, action = *ENTRY.match(text) || invalid_format(line)
        invalid_value(line, "unknown flags", flags) unless flags.match?(/\A[imx]*\z/)
        Entry.new(Regexp.new(source, options(flags)), negation.size.odd?, action)
      rescue RegexpError => error
        invalid_value(line, "invalid regular expression: #{error.message}", source)
      end

      def options(flags)
        options = flags.count("i").even? ? Regexp::IGNORECASE : 0
        options |= Regexp::MULTILINE if flags.count("m").odd?
        options
      end

      def match(regexp, text)
        regexp.match(text)
      end

      def action(entry, match)
        return entry.action if entry.negated
        entry.action.gsub(REFERENCE) do
          dollar, *numbers = Regexp.last_match.captures
          dollar || match[numbers.compact.first.to_i].to_s
        end
      end
    end
  end
end
