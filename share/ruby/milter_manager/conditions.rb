# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "milter_manager/conditions/matcher_list"
require "milter_manager/conditions/s25r"
require "milter_manager/conditions/remote_network"
require "milter_manager/conditions/stress"
require "milter_manager/conditions/trust"
require "milter_manager/conditions/dnsbl"
require "milter_manager/conditions/restrict_accounts"

module Milter
  module Manager
    # What configuration files can say about the conditions that the manager decides by itself. The conditions are
    # defined, and the lists filled, in applicable-conditions/*.conf.
    module BuiltinConditions
      include RestrictAccounts

      attr_reader :matchers, :s25r, :remote_network, :stress, :trust, :dnsbl

      # Asked by the manager: does the matcher of that number match?
      def matches?(number, subject)
        @matchers.match?(number, subject)
      end

      private

      def initialize_builtin_conditions(loading)
        @matchers = Matchers.new
        @s25r = S25R.new(loading, @matchers)
        @remote_network = RemoteNetwork.new(loading)
        @stress = Stress.new(loading)
        @trust = Trust.new(loading, @matchers)
        @dnsbl = DNSBL.new(loading)
      end
    end
  end
end
