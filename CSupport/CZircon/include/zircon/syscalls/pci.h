/* What the zx_pci calls take and give. */
#ifndef ZIRCON_SYSCALLS_PCI_H_
#define ZIRCON_SYSCALLS_PCI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef uint32_t zx_pci_bar_types_t;
#define ZX_PCI_BAR_TYPE_UNUSED ((zx_pci_bar_types_t)0u)
#define ZX_PCI_BAR_TYPE_MMIO ((zx_pci_bar_types_t)1u)
#define ZX_PCI_BAR_TYPE_PIO ((zx_pci_bar_types_t)2u)

/* Standard C has had them since 2011, C++ calls them an extension. */
#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnested-anon-types"
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif

struct zx_pci_bar {
  uint32_t id;
  uint32_t type;
  size_t size;
  union {
    uintptr_t addr;
    __extension__ struct {
      zx_handle_t handle;
      uint8_t padding1[4];
    };
  };
};

struct zx_pcie_device_info {
  uint16_t vendor_id;
  uint16_t device_id;
  uint8_t base_class;
  uint8_t sub_class;
  uint8_t program_interface;
  uint8_t revision_id;
  uint8_t bus_id;
  uint8_t dev_id;
  uint8_t func_id;
  uint8_t padding1;
};

#define ZX_PCI_MAX_BUSSES (256u)
#define ZX_PCI_MAX_DEVICES_PER_BUS (32u)
#define ZX_PCI_MAX_FUNCTIONS_PER_DEVICE (8u)
#define ZX_PCI_MAX_FUNCTIONS_PER_BUS (ZX_PCI_MAX_DEVICES_PER_BUS * ZX_PCI_MAX_FUNCTIONS_PER_DEVICE)

#define ZX_PCI_MAX_LEGACY_IRQ_PINS (4u)
#define ZX_PCI_MAX_MSI_IRQS (32u)
#define ZX_PCI_MAX_MSIX_IRQS (2048u)
#define ZX_PCI_MAX_IRQS 224

#define ZX_PCI_STANDARD_CONFIG_HDR_SIZE (64u)
#define ZX_PCI_BASE_CONFIG_SIZE (256u)
#define ZX_PCI_EXTENDED_CONFIG_SIZE (4096u)
#define ZX_PCI_ECAM_BYTE_PER_BUS (ZX_PCI_EXTENDED_CONFIG_SIZE * ZX_PCI_MAX_FUNCTIONS_PER_BUS)

#define ZX_PCI_BAR_REGS_PER_BRIDGE (2u)
#define ZX_PCI_BAR_REGS_PER_DEVICE (6u)
#define ZX_PCI_MAX_BAR_REGS (6u)

#define ZX_PCI_NO_IRQ_MAPPING UINT32_MAX

/* zx_pci_init_arg_t.addr_windows.cfg_space_type */
#define PCI_CFG_SPACE_TYPE_PIO (0u)
#define PCI_CFG_SPACE_TYPE_MMIO (1u)
#define PCI_CFG_SPACE_TYPE_DW_ROOT (2u)
#define PCI_CFG_SPACE_TYPE_DW_DS (3u)

/* By device, function and pin; ZX_PCI_NO_IRQ_MAPPING if there is none. */
typedef uint32_t zx_pci_irq_swizzle_lut_t[ZX_PCI_MAX_DEVICES_PER_BUS]
                                         [ZX_PCI_MAX_FUNCTIONS_PER_DEVICE]
                                         [ZX_PCI_MAX_LEGACY_IRQ_PINS];

typedef struct zx_pci_init_irq {
  uint32_t global_irq;
  bool level_triggered;
  bool active_high;
  uint8_t padding1[2];
} zx_pci_init_irq_t;

typedef struct zx_pci_init_addr_window {
  uint64_t base;
  size_t size;
  uint8_t bus_start;
  uint8_t bus_end;
  uint8_t cfg_space_type;
  bool has_ecam;
  uint8_t padding1[4];
} zx_pci_init_addr_window_t;

struct zx_pci_init_arg {
  zx_pci_irq_swizzle_lut_t dev_pin_to_global_irq;
  uint32_t num_irqs;
  zx_pci_init_irq_t irqs[ZX_PCI_MAX_IRQS];
  uint32_t addr_window_count;
  __extension__ zx_pci_init_addr_window_t addr_windows[];
};

#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic pop
#endif

#define ZX_PCI_INIT_ARG_MAX_ECAM_WINDOWS 2
#define ZX_PCI_INIT_ARG_MAX_SIZE                                           \
  (sizeof(zx_pci_init_addr_window_t) * ZX_PCI_INIT_ARG_MAX_ECAM_WINDOWS + \
   sizeof(zx_pci_init_arg_t))

typedef uint32_t zx_pci_irq_mode_t;
#define ZX_PCIE_IRQ_MODE_DISABLED ((zx_pci_irq_mode_t)0u)
#define ZX_PCIE_IRQ_MODE_LEGACY ((zx_pci_irq_mode_t)1u)
#define ZX_PCIE_IRQ_MODE_MSI ((zx_pci_irq_mode_t)2u)
#define ZX_PCIE_IRQ_MODE_MSI_X ((zx_pci_irq_mode_t)3u)

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_PCI_H_ */
