# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What define_policy yields: milters, and patterns of what they are for. A pattern is a text, a regular expression,
    # an IPAddr, a block, anything with ===, or an array of these; one that is not set matches everything.
    #
    #   define_policy("customers") do |policy|
    #     policy.milters = ["spamass-milter"]
    #     policy.recipient = /@customer\.example\z/
    #   end
    class Policy
      include Misspelling

      attr_reader :name
      attr_accessor :milters, :host, :address, :fqdn, :from, :recipient

      def initialize(loading, name)
        @loading = loading
        @name = name
        @milters = []
      end

      # Of the milters it is for.
      def milter_names
        Array(@milters).map(&:to_s)
      end

      def for?(milter_name)
        milter_names.include?(milter_name)
      end

      # By name or by address: one of them is enough.
      def client?(client_host, client_address)
        return true if @host.nil? && @address.nil?
        one_of?(@host) { |pattern| pattern === client_host } ||
          one_of?(@address) { |pattern| address?(pattern, client_address) }
      end

      def fqdn?(client_fqdn)
        @fqdn.nil? || one_of?(@fqdn) { |pattern| pattern === client_fqdn }
      end

      # Senders and recipients are compared as the MTA sends them, "<user@example.com>", and without the brackets.
      def from?(sender)
        mailbox?(@from, sender)
      end

      def recipient?(address)
        mailbox?(@recipient, address)
      end

      private

      def spoken_name
        "policy"
      end

      def one_of?(patterns, &block)
        patterns = [patterns] unless patterns.is_a?(Array)
        patterns.compact.any?(&block)
      end

      def mailbox?(patterns, mailbox)
        return true if patterns.nil?
        plain = mailbox.to_s.delete_prefix("<").delete_suffix(">")
        one_of?(patterns) { |pattern| pattern === mailbox || pattern === plain }
      end

      def address?(pattern, address)
        case pattern
        when String, Regexp
          plain = address.respond_to?(:address) ? address.address : address.to_s
          pattern === address.to_s || pattern === plain
        when IPAddr
          ip_address = address.to_ip_address
          !ip_address.nil? && pattern.family == ip_address.family && pattern.include?(ip_address)
        else
          pattern === address
        end
      end
    end

    # All policies of a configuration as one applicable condition of every milter.
    class Policies
      CONDITION = "Policy"

      def initialize
        @policies = []
        @places = []
      end

      # place: file and line.
      def add(policy, place)
        @policies << policy
        @places << place
      end

      def empty?
        @policies.empty?
      end

      def define(loading)
        @policies.zip(@places) { |policy, place| check(policy, loading, place) }
        loading.at(*@places.first) { define_condition(loading.loader) }
      end

      def of(milter_name)
        @policies.select { |policy| policy.for?(milter_name) }
      end

      # A milter with policies is stopped unless one of them matches.
      def stop?(milter_name, &match)
        applied = of(milter_name)
        !applied.empty? && applied.none?(&match)
      end

      private

      def check(policy, loading, place)
        whose = "policy <#{policy.name}>"
        loading.warn("#{whose} has no effect: it names no milters", place) if policy.milter_names.empty?
        (policy.milter_names - loading.builder.milter_names).each do |name|
          loading.warn_of_unknown_milter(name, whose, place)
        end
      end

      def define_condition(loader)
        policies = self
        loader.define_applicable_condition(CONDITION) do |condition|
          condition.description = "Apply policies defined by define_policy"
          condition.define_connect_stopper do |context, host, address|
            policies.stop?(context.name) { |policy| policy.client?(host, address) }
          end
          condition.define_helo_stopper do |context, fqdn|
            policies.stop?(context.name) { |policy| policy.fqdn?(fqdn) }
          end
          condition.define_envelope_from_stopper do |context, from|
            policies.stop?(context.name) { |policy| policy.from?(from) }
          end
          condition.define_envelope_recipient_stopper do |context, recipient|
            policies.stop?(context.name) { |policy| policy.recipient?(recipient) }
          end
          condition.define_data_stopper { |context| policies.of(context.name).empty? }
        end
        loader.defined_milters.each do |name|
          loader.define_milter(name) { |milter| milter.add_applicable_condition(CONDITION) }
        end
      end
    end
  end
end
