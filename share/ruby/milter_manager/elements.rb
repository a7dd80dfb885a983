# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "strscan"

module Milter
  module Manager
    # The elements of a small XML document: no attributes, no document type, and so no entities but XML's own.
    module Elements
      Element = Struct.new(:name, :line, :text, :children)

      class Malformed < StandardError
        attr_reader :line

        def initialize(line, message)
          @line = line
          super(message)
        end
      end

      MAX_DEPTH = 16
      NAME = /[A-Za-z_][A-Za-z0-9_.-]*/.freeze
      SKIPPED = /(?:\s+|<\?.*?\?>|<!--.*?-->)+/m.freeze
      ENTITIES = { "lt" => "<", "gt" => ">", "amp" => "&", "quot" => '"', "apos" => "'" }.freeze
      private_constant :MAX_DEPTH, :NAME, :SKIPPED, :ENTITIES

      # The root. Raises Malformed.
      def self.parse(text)
        Parser.new(text).parse
      end

      class Parser
        def initialize(text)
          raise Malformed.new(1, "the text is no UTF-8") unless text.valid_encoding?
          @scanner = StringScanner.new(text)
        end

        def parse
          @scanner.skip(SKIPPED)
          root = element(0)
          @scanner.skip(SKIPPED)
          malformed("text behind the end") unless @scanner.eos?
          root
        end

        private

        def element(depth)
          line = current_line
          malformed("elements are nested too deep") if depth > MAX_DEPTH
          malformed("an element is wanted") unless @scanner.skip(/</)
          name = @scanner.scan(NAME) || malformed("an element's name is wanted")
          return Element.new(name, line, "", []) if @scanner.skip(%r{\s*/>})
          malformed("<#{name}> is not closed by >") unless @scanner.skip(/\s*>/)
          text, children = content(depth)
          malformed("</#{name}> is wanted") unless @scanner.skip(%r{</#{Regexp.escape(name)}\s*>})
          Element.new(name, line, text.strip, children)
        end

        def content(depth)
          text = +""
          children = []
          until @scanner.eos? || @scanner.check(%r{</})
            if @scanner.skip(/<!--.*?-->/m) then next
            elsif @scanner.skip(/<!\[CDATA\[(.*?)\]\]>/m) then text << @scanner[1]
            elsif @scanner.check(/</) then children << element(depth + 1)
            else text << unescape(@scanner.scan(/[^<]+/))
            end
          end
          [text, children]
        end

        def unescape(text)
          text.gsub(/&([^;&]*);?/) do
            name = Regexp.last_match(1)
            ENTITIES[name] || character(name) || malformed("unknown entity: <&#{name}>")
          end
        end

        def character(name)
          number = case name
                   when /\A#x(\h{1,6})\z/ then Regexp.last_match(1).hex
                   when /\A#(\d{1,7})\z/ then Regexp.last_match(1).to_i
                   end
          return if number.nil?
          [number].pack("U").then { |one| one.valid_encoding? ? one : nil }
        rescue RangeError
          nil
        end

        def malformed(message)
          raise Malformed.new(current_line, message)
        end

        def current_line
          @scanner.string.byteslice(0, @scanner.pos).count("\n") + 1
        end
      end
      private_constant :Parser
    end
  end
end
