# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Raised in a thread whose call has run out of time. No StandardError: a plain rescue lets it through.
    class DeadlineExceeded < Exception # rubocop:disable Lint/InheritException
    end

    # A thread that runs the configuration's code, one call after the other.
    #
    # DeadlineExceeded may arrive at any time, but is let in only while such code runs, and what came too late is
    # thrown away before the next call: it never hits a call that it was not meant for.
    class Worker
      attr_reader :slot

      def initialize(evaluation, exchange, slot)
        @evaluation = evaluation
        @exchange = exchange
        @slot = slot
        @lock = Mutex.new
        @number = nil
        @told_to_stop = false
        @abandoned = false
        @thread = Thread.new { work }
        @thread.report_on_exception = false
      end

      def has?(number)
        @number == number
      end

      def alive?
        @thread.alive?
      end

      def interrupt(number)
        if_busy_with(number) do
          @told_to_stop = true
          @thread.raise(DeadlineExceeded, "its time is up")
        end
      end

      def kill(number = @number)
        if_busy_with(number) { @thread.kill }
      end

      # It gets no other call.
      def abandon
        @abandoned = true
      end

      def join(seconds)
        @thread.join(seconds)
      end

      private

      def if_busy_with(number)
        @lock.synchronize { yield if @number == number }
      end

      def work
        Thread.handle_interrupt(DeadlineExceeded => :never) do
          nil while !@abandoned && serve(Native::Call.new)
        end
      ensure
        @evaluation.ended(self)
      end

      # False when there is nothing more to do.
      def serve(call)
        killed = true
        return killed = false unless @exchange.take(call, @slot)
        @lock.synchronize do
          @number = call.number
          @told_to_stop = false
        end
        CallEvaluation.new(call).run
        killed = false
        true
      ensure
        @lock.synchronize { @number = nil }
        @exchange.finish(call, killed)
        DatabaseConnection.give_back(clean: !killed && !@told_to_stop)
        forget_late_interrupts
      end

      def forget_late_interrupts
        return unless @thread.pending_interrupt? # Ruby 3.1 crashes when it is asked for a class and something is pending
        Thread.handle_interrupt(DeadlineExceeded => :immediate) { Thread.pass }
      rescue DeadlineExceeded
        retry
      end
    end
  end
end
