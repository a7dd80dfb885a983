# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What a stopper gets as its context: a milter in a session, as things stood when the condition was asked. It is of
    # use during that call only; kept longer, all its methods raise.
    class ChildContext
      def initialize(call, index)
        @call = call
        @index = index
      end

      # As in define_milter.
      def name
        @call.child_name(@index)
      end

      # A macro's value, or nil; with or without braces.
      def [](macro)
        @call.macro(bare(macro))
      end

      # Sets a macro for this milter at the current stage. Conditions that are asked later see it, too.
      def []=(macro, value)
        unless @index == @call.milter
          raise ArgumentError, "only macros of the milter that is decided on can be set: <#{@call.child_name(@call.milter)}>"
        end
        @call.set_macro(bare(macro), value.to_s)
      end

      def accept?
        @call.child_answer(@index) == :accept
      end

      def reject?
        @call.child_answer(@index) == :reject
      end

      def temporary_failure?
        @call.child_answer(@index) == :temporary_failure
      end

      def discard?
        @call.child_answer(@index) == :discard
      end

      # It takes no part in this session any more.
      def quitted?
        @call.child_quitted?(@index)
      end

      # All milters of the session by name, this one included.
      def children
        (0...@call.n_children).to_h { |index| [@call.child_name(index), ChildContext.new(@call, index)] }
      end

      # Sessions in the whole process.
      def n_processing_sessions
        @call.n_sessions
      end

      def postfix?
        /\bPostfix\b/i.match?(self["v"] || "")
      end

      def authenticated?
        !(self["auth_type"].nil? && self["auth_authen"].nil?)
      end

      # What conditions keep for those asked later about the same mail, of whatever milter.
      def mail_transaction_shelf
        MailTransactionShelf.new(@call)
      end

      # The client as connect stoppers get it.
      def smtp_client_address
        SocketAddress.build(@call.client_family, @call.client_address, @call.client_port)
      end

      # The ESMTP arguments of MAIL or RCPT: ["SIZE=1000", "BODY=8BITMIME"]
      def arguments
        @call.arguments
      end

      # The MTA itself has refused the recipient that is asked about. Only conditions with refused_recipients = true
      # are asked about such.
      def refused_recipient?
        @call.refused_recipient?
      end

      def inspect
        "#<#{self.class}>"
      end

      private

      def bare(macro)
        macro.to_s.delete_prefix("{").delete_suffix("}")
      end
    end

    # context.mail_transaction_shelf. What is put there comes back as a copy: whatever Marshal can copy, so no blocks
    # and no open files.
    class MailTransactionShelf
      include Enumerable

      def initialize(call)
        @call = call
      end

      def [](key)
        value = @call.shelved(key.to_s)
        value && Marshal.load(value) # made by []=
      end

      # nil takes it from the shelf.
      def []=(key, value)
        @call.shelve(key.to_s, value.nil? ? nil : Marshal.dump(value))
      end

      def each
        return to_enum unless block_given?
        @call.shelf_keys.each do |key|
          value = @call.shelved(key)
          yield(key, Marshal.load(value)) if value
        end
        self
      end
    end
  end
end
