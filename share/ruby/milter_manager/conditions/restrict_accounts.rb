# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Milters only for mail whose recipients are all among some accounts.
    #
    #   restrict_accounts_by_list("bob@example.com", /@example\.co\.jp\z/, condition_name: "Restrict Accounts")
    #   restrict_accounts_generic(milters: ["clamav-milter"]) { |context, recipient| premium?(recipient) }
    module RestrictAccounts
      MACRO = "have-not-restricted-account"
      DESCRIPTION = "Restrict milters to specified accounts"

      # Accounts are compared as `account === recipient`, the recipient without its angle brackets.
      def restrict_accounts_by_list(*accounts)
        options = accounts.last.is_a?(Hash) ? accounts.pop : {}
        accounts = accounts.flatten(1)
        restrict(options, "Restrict Accounts by List: #{accounts.inspect}") do |condition|
          condition.builtin = :restrict_accounts_by_list
          condition.accounts = accounts
        end
      end

      # The block says whether the recipient ("<bob@example.com>") is one of the accounts.
      def restrict_accounts_generic(options = {}, &restricted)
        raise ArgumentError, "restrict_accounts_generic needs a block" unless restricted
        restrict(options, "Restrict Accounts") do |condition|
          condition.define_envelope_recipient_stopper do |context, recipient|
            next false if restricted.call(context, recipient)
            context[MACRO] = "true"
            true
          end
          condition.define_data_stopper { |context| context[MACRO] == "true" }
        end
      end

      private

      def restrict(options, default_name)
        options = options.transform_keys(&:to_sym)
        unknown = options.keys - %i[condition_name milters]
        raise ArgumentError, "the options are condition_name and milters, not #{unknown.join(", ")}" unless unknown.empty?
        name = (options[:condition_name] || default_name).to_s
        milters = Array(options[:milters] || defined_milters).map(&:to_s)
        @loading.warn("<#{name}> restricts no milter: none is named, or defined before it") if milters.empty?
        define_applicable_condition(name) do |condition|
          condition.description = DESCRIPTION
          yield(condition)
        end
        milters.each do |milter_name|
          expect_milter(milter_name, "<#{name}>")
          define_milter(milter_name) { |milter| milter.add_applicable_condition(name) }
        end
      end
    end
  end
end
