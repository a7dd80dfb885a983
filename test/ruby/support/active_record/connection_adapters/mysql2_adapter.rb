# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# See ../../active_record.rb.
module ActiveRecord
  module ConnectionAdapters
    class Mysql2Adapter < AbstractAdapter
    end
  end
end
