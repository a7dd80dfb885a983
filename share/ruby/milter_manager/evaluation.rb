# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The threads that run the configuration's code while the manager serves. The manager makes one, and gives orders
    # to the thread that keeps them: how many, and which one takes too long.
    class Evaluation
      # How many threads that can't be stopped are replaced, for each thread that there should be.
      MAX_ABANDONED = 2

      def initialize(exchange)
        @exchange = exchange
        @lock = Monitor.new
        @workers = []
        @abandoned = []
        @wanted = 0
        @event_loop = EventLoop.new
        start_keeper
      end

      # Called by the manager when it begins to serve: what manager.event_loop_created has asked for.
      def event_loop_created(generation)
        hooks = GENERATIONS[generation]&.manager&.event_loop_created_hooks || []
        hooks.each do |hook|
          hook.call(@event_loop)
        rescue Exception => error # exit too
          Failure.new(error).log("event-loop", block: hook)
        ensure
          DatabaseConnection.give_back
        end
      end

      # Called by a worker's thread at its very end.
      def ended(worker)
        @lock.synchronize do
          @abandoned.delete(worker)
          @workers.delete(worker)
          fill
        end
      end

      # Called by the manager once nobody puts anything any more. Whether all threads have ended within that time.
      def stop(seconds)
        all = @lock.synchronize { [@event_loop, *@workers, *@abandoned] }
        all.each(&:kill)
        limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
        all.all? { |one| one.join([limit - Process.clock_gettime(Process::CLOCK_MONOTONIC), 0].max) }
      end

      private

      def start_keeper
        @keeper = Thread.new { keep }
        @keeper.report_on_exception = false
      end

      def keep
        while (order = @exchange.next_order)
          carry_out(*order)
        end
      ensure
        start_keeper unless @exchange.closed? # the configuration's code has ended this thread
      end

      def carry_out(kind, number)
        case kind
        when :threads then @lock.synchronize { want(number) }
        when :interrupt then worker_with(number)&.interrupt(number)
        when :kill then worker_with(number)&.kill(number)
        when :abandon then @lock.synchronize { abandon(worker_with(number)) }
        when :maintain then @event_loop.maintain(number)
        end
      rescue StandardError => error
        Failure.new(error).log("condition")
      end

      def worker_with(number)
        @lock.synchronize { (@workers + @abandoned).find { |worker| worker.has?(number) } }
      end

      # Those beyond the number end by themselves.
      def want(number)
        @wanted = number
        fill
      end

      def fill
        return if @exchange.closed?
        @workers.select!(&:alive?)
        slots = @workers.map(&:slot)
        (0...@wanted).each do |slot|
          next if slots.include?(slot) || !@exchange.wants?(slot)
          break log_exhausted if @abandoned.size > @wanted * MAX_ABANDONED
          @workers << Worker.new(self, @exchange, slot)
        end
        @exchange.threads = @workers.size
      end

      def abandon(worker)
        return if worker.nil? || @abandoned.include?(worker)
        worker.abandon
        @workers.delete(worker)
        @abandoned << worker
        fill
      end

      def log_exhausted
        Native.log("error", "[condition][abandon] #{@abandoned.size} threads can't be stopped: no more are started")
      end
    end
  end
end
