# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # One call on a Worker's thread. Whatever the configuration's code raises ends here, and in the log.
    class CallEvaluation
      def initialize(call)
        @call = call
        @loader = GENERATIONS[call.generation]
      end

      def run
        return if @loader.nil? # nobody waits for the answer any more
        @loader.database.attach
        case @call.kind
        when :conditions then run_conditions
        when :matcher then run_matcher
        when :connection_checkers then run_connection_checkers
        end
      rescue DeadlineExceeded
        nil # the manager has said so already
      rescue Exception => error # what the library itself must not do
        Failure.new(error).log("condition", "conditions")
      end

      private

      # The first stopper that says so stops; those behind it are not asked.
      def run_conditions
        stage = ConditionDefinition::STAGES[@call.stage]
        @call.conditions.each do |name|
          @loader.stoppers(name, stage).each do |block|
            return @call.answer(name) if stop?(name, stage, block)
          end
        end
      end

      def stop?(name, stage, block)
        begin_block(name, block)
        context = ChildContext.new(@call, @call.milter)
        user_code { block.call(context, *arguments(stage)) }
      rescue DeadlineExceeded
        raise
      rescue Exception => error # exit, abort and throw too
        tell(error, "<#{name}>", block)
        false
      end

      def run_matcher
        @call.begin("a matcher")
        @call.answer(nil) if user_code { @loader.matches?(@call.matcher, @call.subject) }
      rescue DeadlineExceeded
        raise
      rescue Exception => error
        tell(error, "a matcher")
      end

      # The client counts as gone when one of the blocks says so.
      def run_connection_checkers
        @call.conditions.each do |name|
          block = @loader.manager.connection_checkers[name]
          return @call.answer(name) if block && gone?(name, block)
        end
      end

      def gone?(name, block)
        begin_block(name, block)
        !user_code { block.call(ConnectionContext.new(@call)) }
      rescue DeadlineExceeded
        raise
      rescue Exception => error
        tell(error, "<#{name}>", block)
        false
      end

      # Of a call whose time is up the manager has said so already, with what follows from it.
      def tell(error, what, block = nil)
        Failure.new(error).log("condition", what, block: block) unless @call.over?
      end

      # For the log, in case that it does not end.
      def begin_block(name, block)
        @call.begin("#{(block.source_location || ["(unknown)", 0]).join(":")}: <#{name}>")
      end

      def user_code(&block)
        Thread.handle_interrupt(DeadlineExceeded => :immediate, &block)
      end

      # What a stopper of the stage gets behind its context.
      def arguments(stage)
        case stage
        when :connect then [@call.client_host, client_address]
        when :helo, :envelope_from, :envelope_recipient, :body then [@call.text]
        when :header then [@call.text, @call.value]
        else []
        end
      end

      def client_address
        SocketAddress.build(@call.client_family, @call.client_address, @call.client_port)
      end
    end
  end
end
