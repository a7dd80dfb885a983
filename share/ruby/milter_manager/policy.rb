# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What define_policy yields: milters, and patterns (anything with ===) of what they are for. A pattern that is not
    # set matches everything.
    class Policy
      attr_reader :name
      attr_accessor :milters, :host, :address, :fqdn, :from, :recipient

      def initialize(name)
        @name = name
        @milters = []
      end

      def for?(milter_name)
        Array(@milters).any? { |milter| milter.to_s == milter_name }
      end

      def client?(client_host, client_address)
        return true if @host.nil? && @address.nil?
        (!@host.nil? && @host === client_host) || (!@address.nil? && @address === client_address)
      end

      def match?(pattern, value)
        pattern.nil? || pattern === value
      end
    end

    # All policies of a configuration as one applicable condition of every milter.
    class Policies
      CONDITION = "Policy"

      def initialize
        @policies = []
      end

      def add(policy)
        @policies << policy
      end

      def empty?
        @policies.empty?
      end

      def define(loader)
        policies = self
        loader.define_applicable_condition(CONDITION) do |condition|
          condition.description = "Apply policies defined by define_policy"
          condition.define_connect_stopper do |context, host, address|
            policies.stop?(context.name) { |policy| policy.client?(host, address) }
          end
          condition.define_helo_stopper do |context, fqdn|
            policies.stop?(context.name) { |policy| policy.match?(policy.fqdn, fqdn) }
          end
          condition.define_envelope_from_stopper do |context, from|
            policies.stop?(context.name) { |policy| policy.match?(policy.from, from) }
          end
          condition.define_envelope_recipient_stopper do |context, recipient|
            policies.stop?(context.name) { |policy| policy.match?(policy.recipient, recipient) }
          end
          condition.define_data_stopper { |context| policies.of(context.name).empty? }
        end
        loader.defined_milters.each do |name|
          loader.define_milter(name) { |milter| milter.add_applicable_condition(CONDITION) }
        end
      end

      def of(milter_name)
        @policies.select { |policy| policy.for?(milter_name) }
      end

      # A milter with policies is stopped unless one of them matches.
      def stop?(milter_name, &match)
        applied = of(milter_name)
        !applied.empty? && applied.none?(&match)
      end
    end
  end
end
