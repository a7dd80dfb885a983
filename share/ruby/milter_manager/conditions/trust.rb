# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Which senders' domains are trusted: those whose mail passes when SPF says that it is theirs.
    #
    #   trust.add_envelope_from_domain("example.com")
    #   trust.load_envelope_from_domains("/etc/milter-manager/trusted-domains.list")
    class Trust
      include Misspelling

      def initialize(loading, matchers)
        @loading = loading
        @domains = MatcherList.new(loading, matchers, "trust.envelope_from_domains", "trust.add_envelope_from_domain")
      end

      # A domain, a regular expression or a block; they get domains in lower case.
      def add_envelope_from_domain(domain = nil, &block)
        domain = block if domain.nil?
        domain = domain.downcase(:ascii) if domain.instance_of?(String)
        @domains.add(domain)
      end

      def clear
        @domains.clear
      end

      # The sender as the MTA sends it: "<user@example.com>".
      def trusted_envelope_from_domain?(from)
        domain = from.to_s[/\A<.*@([^@]+)>\z/m, 1]
        !domain.nil? && @domains.match?(domain.downcase(:ascii))
      end

      # A domain a line, or a /regular expression/, without case; empty lines and those that begin with # say nothing.
      # A relative path is looked up as load does, then from the working directory.
      def load_envelope_from_domains(path)
        @loading.sources.read(file_of(path)).each_line do |line|
          line = line.scrub("?").strip
          case line
          when "", /\A#/ then next
          when %r{\A/(.*)/\z} then add_envelope_from_domain(Regexp.new(Regexp.last_match(1), Regexp::IGNORECASE))
          else add_envelope_from_domain(line)
          end
        end
      end

      def envelope_from_domains
        @domains.to_a
      end

      private

      def spoken_name
        "trust"
      end

      def file_of(path)
        @loading.load_path.resolve(path).first
      rescue ConfigurationLoader::NonexistentPath
        @loading.sources.find(File.expand_path(path)) { File.exist?(path) ? [path] : nil }&.first || raise
      end
    end
  end
end
