# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Selective SMTP Rejection: does a client's name look like that of an end user's computer?
    #
    #   s25r.add_whitelist(/\.google\.com\z/)
    #   s25r.add_blacklist { |host| night? && host.end_with?(".example.net") }
    #   s25r.check_only_ipv4 = false
    class S25R
      include Misspelling

      def initialize(loading, matchers)
        @loading = loading
        @white = MatcherList.new(loading, matchers, "s25r.white", "s25r.add_whitelist")
        @black = MatcherList.new(loading, matchers, "s25r.black", "s25r.add_blacklist")
        @only_check_ipv4 = true
      end

      def add_whitelist(matcher = nil, &block)
        @white.add(matcher.nil? ? block : matcher)
      end

      def add_blacklist(matcher = nil, &block)
        @black.add(matcher.nil? ? block : matcher)
      end

      def only_check_ipv4=(only)
        only = only ? true : false
        @loading.builder.s25r_only_check_ipv4 = only
        @loading.note("s25r.check_only_ipv4 = #{only}", "s25r.check_only_ipv4 = ")
        @only_check_ipv4 = only
      end
      alias check_only_ipv4= only_check_ipv4=

      def only_check_ipv4?
        @only_check_ipv4
      end
      alias check_only_ipv4? only_check_ipv4?
      alias only_check_ipv4 only_check_ipv4?
      alias check_only_ipv4 only_check_ipv4?

      # With the client's address: true for one that isn't to be checked.
      def white?(host, address = nil)
        unchecked?(address) || @white.match?(host)
      end

      # With the client's address: false for one that isn't to be checked. White hosts may be black too; white wins.
      def black?(host, address = nil)
        !unchecked?(address) && @black.match?(host)
      end

      def whitelist
        @white.to_a
      end

      def blacklist
        @black.to_a
      end

      private

      def spoken_name
        "s25r"
      end

      def unchecked?(address)
        return false if address.nil? || !@only_check_ipv4
        !(address.respond_to?(:ipv4?) && address.ipv4?)
      end
    end
  end
end
