# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What the block of manager.define_connection_checker gets: an SMTP client, and whose it is. It is of use during
    # that call only.
    class ConnectionContext
      SERVER = /\A(inet6?):(\d+)@\[(.*)\]\z/.freeze
      private_constant :SERVER

      def initialize(call)
        @call = call
      end

      # The client, as connect stoppers get it.
      def smtp_client_address
        SocketAddress.build(@call.client_family, @call.client_address, @call.client_port)
      end

      # The MTA's side of our connection with it.
      def smtp_server_address
        spec = @call.mta_address
        return SocketAddress.build("L", spec.delete_prefix("unix:"), 0) if spec.start_with?("unix:")
        match = SERVER.match(spec)
        return SocketAddress.build("U", "", 0) if match.nil?
        SocketAddress.build(match[1] == "inet6" ? "6" : "4", match[3], match[2].to_i)
      end

      # As the MTA names itself.
      def smtp_server_name
        self["v"]
      end

      # A macro's value, or nil; with or without braces.
      def [](macro)
        @call.macro(macro.to_s.delete_prefix("{").delete_suffix("}"))
      end

      def inspect
        "#<#{self.class}>"
      end
    end
  end
end
