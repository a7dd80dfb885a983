# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # A file's text as its statements, so that checking can go on behind one that raises.
    module Statements
      ENCODING_COMMENT = /\A(?:.*\n)?\s*#.*coding[:=]/n.freeze
      # What a return in them leaves is not the file.
      METHODS = %i[DEFN DEFS LAMBDA].freeze
      private_constant :ENCODING_COMMENT, :METHODS

      module_function

      # [[line, text], …]: evaluated one after the other with one binding, they do what the whole text does. A text for
      # which that can't be is one statement: one with a syntax error, one that returns, one in another encoding.
      def split(text)
        whole = [[1, text]]
        return whole if text.b.match?(ENCODING_COMMENT)
        statements = top_level(RubyVM::AbstractSyntaxTree.parse(text))
        return whole if statements.empty? || statements.any? { |statement| returns?(statement) }
        parts = slice(text.lines, starts(statements))
        parts.each { |_, part| RubyVM::AbstractSyntaxTree.parse(part) }
        parts
      rescue SyntaxError, StandardError, NotImplementedError
        whole
      end

      def top_level(root)
        body = root.children.last
        (body&.type == :BLOCK ? body.children : [body]).grep(RubyVM::AbstractSyntaxTree::Node)
      end

      # The lines that begin a statement and are no part of the one before.
      def starts(statements)
        last = 0
        lines = statements.filter_map do |statement|
          first = statement.first_lineno if statement.first_lineno > last
          last = [last, statement.last_lineno].max
          first
        end
        [1, *lines.drop(1)]
      end

      def slice(lines, starts)
        [*starts, lines.size + 1].each_cons(2).map { |from, to| [from, lines[from - 1...to - 1].join] }
      end

      def returns?(node)
        return true if node.type == :RETURN
        return false if METHODS.include?(node.type)
        node.children.any? { |child| child.is_a?(RubyVM::AbstractSyntaxTree::Node) && returns?(child) }
      end

      private_class_method :top_level, :starts, :slice, :returns?
    end
  end
end
